"""Bytes of unknown encoding as text."""

from __future__ import annotations

import codecs
from pathlib import Path

from argus.kit.xml_text import BOMS

PIECE = 1 << 20
SAMPLE = 4096


def encoding_of(path: Path) -> str:
    """The encoding of a text: by its mark, by zeros in every other byte, UTF-8 when it is, else Windows-1252.

    Windows-1252 gives every byte a meaning that Latin-1 does not, but for five; with one of those it is Latin-1.
    """
    with path.open("rb") as file:
        head = file.read(SAMPLE)
        for mark, name in BOMS:
            if head.startswith(mark):
                return {"utf-8": "utf-8-sig", "utf-16-le": "utf-16", "utf-16-be": "utf-16"}.get(name, "utf-32")
        if wide := _wide(head):
            return wide
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        undefined = False
        is_utf8 = True
        while piece := file.read(PIECE):
            undefined = undefined or any(byte in piece for byte in b"\x81\x8d\x8f\x90\x9d")
            if is_utf8:
                try:
                    decoder.decode(piece)
                except UnicodeDecodeError:
                    is_utf8 = False
        if is_utf8:
            try:
                decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                is_utf8 = False
    if is_utf8:
        return "utf-8"
    return "latin-1" if undefined else "cp1252"


def _wide(head: bytes) -> str | None:
    """UTF-16 without a mark: text of the West has a zero in every other byte, and no other text has zeros."""
    if len(head) < 4 or b"\0" not in head:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if odd > half * 0.6 and even < half * 0.1:
        return "utf-16-le"
    if even > half * 0.6 and odd < half * 0.1:
        return "utf-16-be"
    return None


def one_line(text: str) -> str:
    """A text in one line, single spaces between its words."""
    return " ".join(text.split())
