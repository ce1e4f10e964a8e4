"""Fetching what others name: without becoming their way into the inner network (SSRF), and never more than was meant."""

from __future__ import annotations

import ipaddress
import logging
import socket
from dataclasses import replace
from urllib.parse import urlsplit

import httpx

from argus.integrations.addresses import is_public
from argus.integrations.remote import Remote, RemoteError, ask
from argus.kit.pools import LOOKUPS
from argus.runtime import Runtime

log = logging.getLogger("argus.outbound")

PLACES = Remote("links of runs", seconds=10, at_once=32, tries=1, breaks=False, obeys=False, redirects=0, enough=0)
PICTURES = Remote("GitHub pictures", seconds=5, breaks=False, obeys=False)
PICTURE_HOSTS = frozenset({"avatars.githubusercontent.com", "secure.gravatar.com"})
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
        ForbiddenAddress, OSError, RemoteError
    """
    address, host, port = await public_address(runtime, url)
    parts = httpx.URL(url)
    return await ask(
        runtime,
        PLACES,
        "HEAD",
        str(parts.copy_with(host=address, port=port)),
        headers={"Host": parts.netloc.decode(), "Accept-Encoding": "identity"},
        extensions={"sni_hostname": host},
    )


async def read_at_most(runtime: Runtime, url: str, most: int) -> bytes | None:
    """A file that GitHub names; None when it is not there, has more than `most` bytes, or cannot be had just now."""
    try:
        answer = await ask(runtime, replace(PICTURES, most_bytes=most), "GET", url, trusted=PICTURE_HOSTS)
    except RemoteError as problem:
        log.warning("a picture is left out: %s", problem)
        return None
    return answer.content if answer.is_success else None
