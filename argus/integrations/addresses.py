"""Which network addresses are reachable from anywhere. One that embeds another counts as what it embeds: that is where packets end up."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address

_LAST = 0  # bits behind the embedded address
_EMBEDDING = (
    (IPv6Network("::ffff:0:0/96"), _LAST),  # IPv4-mapped
    (IPv6Network("::ffff:0:0:0/96"), _LAST),  # IPv4-translated (RFC 7915)
    (IPv6Network("::/96"), _LAST),  # IPv4-compatible; loopback and the unspecified address are 0.0.0.1 and 0.0.0.0 of it
    (IPv6Network("64:ff9b::/96"), _LAST),  # NAT64 (RFC 6052)
    (IPv6Network("2002::/16"), 80),  # 6to4
    (IPv6Network("2001::/32"), 64),  # Teredo: its server
)
_TEREDO = IPv6Network("2001::/32")
_LOCAL_NAT64 = IPv6Network("64:ff9b:1::/48")  # translated as each network likes (RFC 8215)
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})
_WORD = 0xFFFFFFFF


def is_public(address: Address) -> bool:
    """Whether an address is reachable from anywhere: not private, loopback, link-local, multicast, reserved."""
    if isinstance(address, IPv4Address):
        return _is_global(address)
    number = int(address)
    if number >> 32 & _WORD in _ISATAP and not _is_global(IPv4Address(number & _WORD)):
        return False
    inner = list(_embedded(address))
    if inner:
        return all(map(_is_global, inner))
    return _is_global(address) and not address.is_site_local and address not in _LOCAL_NAT64


def _embedded(address: IPv6Address) -> Iterator[IPv4Address]:
    number = int(address)
    for network, behind in _EMBEDDING:
        if address in network:
            yield IPv4Address(number >> behind & _WORD)
    if address in _TEREDO:
        yield IPv4Address(~number & _WORD)  # its client, written with every bit turned


def _is_global(address: Address) -> bool:
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)
