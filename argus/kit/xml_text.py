"""XML as systems write it, made readable for a parser of XML 1.0: any encoding, XML 1.1, control characters, halves of emoji.

Characters that XML 1.0 does not know are moved to a private block that the text does not use, and moved back after parsing.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins like UTF-16, so it is asked for first
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
WIDE = ((b"<\0\0\0", "utf-32-le"), (b"\0\0\0<", "utf-32-be"), (b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
DECLARED = re.compile(rb"""\A\s*<\?xml\s[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
DECLARATION = re.compile(r"\A<\?xml\s[^>]{0,1000}?\?>\s*")
TEXT_ENCODINGS = ("ascii", "utf-8", "iso8859", "cp", "koi8", "mac", "gb", "big5", "shift_jis", "euc")
"""Beginnings of the names that a document may give; Python knows others that are no encodings of text, or slow."""

AROUND = "\ufeff\0 \t\r\n"  # what may stand before and after a document
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
MARKUP = re.compile(r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|(?:&#(?:x[0-9A-Fa-f]{1,7}|[0-9]{1,8});)+", re.S)
REFERENCE = re.compile(r"&#(?:x([0-9A-Fa-f]+)|([0-9]+));")
UNREADABLE = "\ufffd"
BLOCK = 0x40  # how many characters a private block needs: 32 controls and two that are none
PRIVATE = range(0x10F000, 0x10FFC0, BLOCK)


@dataclass(frozen=True, slots=True)
class ReadableXml:
    """A document without declaration, of characters that every parser takes; `back` tells what the moved ones stand for."""

    text: str
    back: dict[int, str]

    def restored(self, part: str) -> str:
        """A text out of the parsed document, with the characters that it had."""
        return part.translate(self.back) if self.back else part


def readable_xml(document: bytes | str) -> ReadableXml:
    """A document that any parser can read, if it is well-formed but for its characters.

    Halves of surrogate pairs and bytes that are nothing in the declared encoding become U+FFFD.
    """
    text = (document if isinstance(document, str) else _decoded(document)).strip(AROUND)
    text = DECLARATION.sub("", text, count=1)
    block = _free_block(text)
    moved = {code: chr(block + code) for code in range(0x20) if chr(code) not in "\t\n\r"} | {
        0xFFFE: chr(block + 0x20),
        0xFFFF: chr(block + 0x21),
    }
    changed = FORBIDDEN.sub(lambda found: moved.get(ord(found[0]), UNREADABLE), text)
    if "&#" in changed:
        changed = MARKUP.sub(lambda found: _references(found[0], moved), changed)
    back = {ord(private): chr(code) for code, private in moved.items()}
    return ReadableXml(changed, back if changed != text else {})


def _decoded(document: bytes) -> str:
    encoding = _encoding(document)
    return document.decode(encoding, "replace")


def _encoding(document: bytes) -> str:
    for mark, name in BOMS:
        if document.startswith(mark):
            return name
    for start, name in WIDE:
        if document.startswith(start):
            return name
    declared = DECLARED.match(document[:400])
    try:
        name = codecs.lookup(declared[1].decode()).name if declared else "utf-8"
    except LookupError:
        return "utf-8"
    # a document that says UTF-16 in single bytes was written anew by somebody who forgot the declaration
    return name if name.startswith(TEXT_ENCODINGS) else "utf-8"


def _free_block(text: str) -> int:
    if text.isascii() or not (used := {ord(char) for char in text if char >= chr(PRIVATE.start)}):
        return PRIVATE.start
    return next((block for block in PRIVATE if used.isdisjoint(range(block, block + BLOCK))), PRIVATE.start)


def _references(found: str, moved: dict[int, str]) -> str:
    """A row of numeric references: those that XML 1.0 knows stay, two halves of a pair become one."""
    if found.startswith("<!"):
        return found
    codes = [int(hexadecimal, 16) if hexadecimal else int(decimal) for hexadecimal, decimal in REFERENCE.findall(found)]
    parts: list[str] = []
    for code in codes:
        if 0xDC00 <= code <= 0xDFFF and parts and 0xD800 <= (high := _half(parts[-1])) <= 0xDBFF:
            parts[-1] = chr(0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00))
        elif 0xD800 <= code <= 0xDFFF:
            parts.append(chr(code))
        elif code in moved:
            parts.append(moved[code])
        else:
            parts.append(f"&#{code};" if code <= 0x10FFFF else UNREADABLE)
    return FORBIDDEN.sub(UNREADABLE, "".join(parts))


def _half(part: str) -> int:
    return ord(part) if len(part) == 1 else 0
