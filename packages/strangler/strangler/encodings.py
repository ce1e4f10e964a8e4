"""Bodies without their compression: gzip, deflate, and, where their libraries are installed, Brotli and Zstandard."""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any

MOST = 32 * 1024 * 1024  # bytes that a body may have when it is unpacked


class CannotUnpack(Exception):
    """A body whose compression is unknown or broken, or that is too long when it is unpacked."""


def unpacked(encoding: str, body: bytes, most: int = MOST) -> bytes:
    """The whole body, as it was before `encoding` (the value of `Content-Encoding`) was applied.

    Raises:
        CannotUnpack
    """
    for name in reversed([part.strip().lower() for part in encoding.split(",")]):
        if name in ("", "identity"):
            continue
        unpack = UNPACKERS.get(name.removeprefix("x-"))
        if unpack is None:
            raise CannotUnpack(f"{name} is no compression that is known here")
        body = unpack(body, most)
    return body


def _gzip(body: bytes, most: int) -> bytes:
    found = bytearray()
    while body:
        member = zlib.decompressobj(wbits=31)
        found += _inflated(member, body, most - len(found))
        body = member.unused_data  # members may follow each other
    return bytes(found)


def _deflate(body: bytes, most: int) -> bytes:
    try:
        return _inflated(zlib.decompressobj(), body, most)
    except CannotUnpack:
        return _inflated(zlib.decompressobj(wbits=-zlib.MAX_WBITS), body, most)  # as some servers understand the name


def _inflated(unpacking: zlib._Decompress, body: bytes, most: int) -> bytes:
    try:
        found = unpacking.decompress(body, most + 1)
    except zlib.error as error:
        raise CannotUnpack(str(error)) from None
    return _bounded(found, most, unpacking.eof)


def _bounded(found: bytes, most: int, whole: bool) -> bytes:
    if len(found) > most:
        raise CannotUnpack("it is too long when it is unpacked")
    if not whole:
        raise CannotUnpack("it breaks off")
    return found


def _brotli(body: bytes, most: int) -> bytes:
    brotli = _library("brotli", "brotlicffi")
    unpacking, found = brotli.Decompressor(), bytearray()
    try:
        for start in range(0, len(body), 4096):  # a piece at a time: it knows no bound of its own
            found += unpacking.process(body[start : start + 4096])
            if len(found) > most:
                break
    except brotli.error as error:
        raise CannotUnpack(str(error)) from None
    return _bounded(bytes(found), most, unpacking.is_finished())


def _zstd(body: bytes, most: int) -> bytes:
    zstandard = _library("zstandard")
    try:
        with zstandard.ZstdDecompressor().stream_reader(BytesIO(body), read_across_frames=True) as reader:
            return _bounded(reader.read(most + 1), most, True)
    except zstandard.ZstdError as error:
        raise CannotUnpack(str(error)) from None


def _library(*names: str) -> Any:
    for name in names:
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    raise CannotUnpack(f"{names[0]} is not installed")


UNPACKERS: dict[str, Callable[[bytes, int], bytes]] = {"gzip": _gzip, "deflate": _deflate, "br": _brotli, "zstd": _zstd}
