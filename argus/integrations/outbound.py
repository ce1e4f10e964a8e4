"""Fetching what others name: without becoming their way into the inner network (SSRF), and never more than was meant."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

import httpx

from argus.integrations.addresses import is_public
from argus.kit.pools import LOOKUPS
from argus.runtime import Runtime

PORTS = {"http": 80, "https": 443}


class ForbiddenAddress(Exception):
    """An address that only this machine's network should reach, or that is no web address."""


async def public_address(runtime: Runtime, url: str) -> tuple[str, str, int]:
    """An address of the URL's host that is reachable from anywhere, the host, and the port.

    Raises:
        ForbiddenAddress: the URL is no http(s) one, or its host resolves to a private, loopback, link-local or reserved address.
        OSError: the host does not resolve.
    """
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname or parts.username is not None:
        raise ForbiddenAddress("Not a web address")
    port = parts.port or PORTS[parts.scheme]
    found = await runtime.blocking(LOOKUPS, socket.getaddrinfo, parts.hostname, port, type=socket.SOCK_STREAM)
    for *_, sockaddr in found:
        if not is_public(ipaddress.ip_address(sockaddr[0])):
            raise ForbiddenAddress("The address is not a public one")
    return str(found[0][4][0]), parts.hostname, port


async def head_public(runtime: Runtime, url: str) -> httpx.Response:
    """HEAD of a public address, without following redirects. It connects to the address that was checked, whatever the name says next.

    Raises:
        ForbiddenAddress, OSError, httpx.HTTPError
    """
    address, host, port = await public_address(runtime, url)
    parts = httpx.URL(url)
    request = runtime.http.build_request(
        "HEAD",
        parts.copy_with(host=address, port=port),
        headers={"Host": parts.netloc.decode()},
        extensions={"sni_hostname": host},
    )
    return await runtime.http.send(request)


async def read_at_most(runtime: Runtime, url: str, most: int) -> bytes | None:
    """What is behind an address of a trusted service, redirects followed; None when it is not there or has more than `most` bytes.

    Raises:
        httpx.HTTPError
    """
    async with runtime.http.stream("GET", url, follow_redirects=True) as answer:
        if not answer.is_success:
            return None
        data = bytearray()
        async for piece in answer.aiter_bytes():
            data += piece
            if len(data) > most:
                return None
        return bytes(data)
