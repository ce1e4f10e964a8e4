"""Which addresses a caller may have asked."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from argus.integrations.addresses import is_public
from argus.integrations.outbound import ForbiddenAddress, head_public
from tests.domain.opened import opened

EMBEDDINGS: dict[str, Callable[[int], int]] = {
    "IPv4-mapped": lambda v4: (0xFFFF << 32) | v4,
    "IPv4-compatible": lambda v4: v4,
    "IPv4-translated": lambda v4: (0xFFFF << 48) | v4,
    "NAT64": lambda v4: (0x64FF9B << 96) | v4,
    "6to4": lambda v4: (0x2002 << 112) | (v4 << 80) | 1,
    "Teredo server": lambda v4: (0x20010000 << 96) | (v4 << 64) | (~int(IPv4Address("8.8.8.8")) & 0xFFFFFFFF),
    "Teredo client": lambda v4: (0x20010000 << 96) | (int(IPv4Address("8.8.8.8")) << 64) | (~v4 & 0xFFFFFFFF),
    "ISATAP": lambda v4: (0x26001F18 << 96) | (0x5EFE << 32) | v4,
    "ISATAP, global": lambda v4: (0x26001F18 << 96) | (0x02005EFE << 32) | v4,
}


@pytest.mark.parametrize("embedding", EMBEDDINGS.values(), ids=EMBEDDINGS)
@given(address=st.ip_addresses(v=4))
@example(address=IPv4Address("127.0.0.1"))
@example(address=IPv4Address("10.1.2.3"))
@example(address=IPv4Address("169.254.169.254"))
@example(address=IPv4Address("100.64.0.1"))
@example(address=IPv4Address("224.0.0.1"))
@example(address=IPv4Address("8.8.8.8"))
def test_an_address_counts_as_what_it_embeds(embedding: Callable[[int], int], address: IPv4Address) -> None:
    assert is_public(IPv6Address(embedding(int(address)))) is is_public(address)


@given(address=st.ip_addresses())
def test_what_is_public_is_for_everybody(address: IPv4Address | IPv6Address) -> None:
    if is_public(address):
        assert not any((address.is_loopback, address.is_link_local, address.is_multicast, address.is_unspecified))


@pytest.mark.parametrize(
    "text",
    [
        "0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1", "192.168.0.1", "224.0.0.1", "240.0.0.1",
        "255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "ff02::1", "64:ff9b:1::808:808", "2001:db8::1",
        "fe80::5efe:808:808",
    ],
)  # fmt: skip
def test_inner_addresses_are_not(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", ["8.8.8.8", "2606:4700:4700::1111", "2002:808:808::1", "64:ff9b::808:808", "::ffff:8.8.8.8"])
def test_outer_addresses_are(text: str) -> None:
    assert is_public(ip_address(text))


@pytest.mark.anyio
@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://[64:ff9b::a00:1]/", "http://[2002:7f00:1::]/",
        "http://[::7f00:1]/", "http://2130706433/", "http://0x7f.1/", "http://localhost/", "http://u@8.8.8.8/", "ftp://8.8.8.8/",
    ],
)  # fmt: skip
async def test_nothing_goes_out_to_an_inner_address(url: str) -> None:
    asked: list[httpx.Request] = []

    def answering(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200)

    async with opened() as runtime:
        await runtime.http.aclose()
        runtime.http = httpx.AsyncClient(transport=httpx.MockTransport(answering))
        with pytest.raises(ForbiddenAddress):
            await head_public(runtime, url)
        await head_public(runtime, "http://8.8.8.8/x")
    assert [(request.url.host, request.headers["host"]) for request in asked] == [("8.8.8.8", "8.8.8.8")]
