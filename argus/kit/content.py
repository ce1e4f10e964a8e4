"""What a content is, told from its first bytes and not from what is said of it."""

from __future__ import annotations

import filetype

RASTER = frozenset({"image/apng", "image/avif", "image/bmp", "image/gif", "image/jpeg", "image/png", "image/webp"})
"""Pictures made of pixels, which every browser shows and none can run; SVG is a document with scripts."""


def sniff(data: bytes) -> str:
    """The media type of a content."""
    guessed = filetype.guess_mime(data)  # type: ignore[no-untyped-call]
    if guessed:
        return str(guessed)
    try:
        data.decode()
    except UnicodeDecodeError as broken:
        if broken.start < len(data) - 4:  # not just a character cut in two at the end
            return "application/octet-stream"
    return "text/plain" if b"\0" not in data else "application/octet-stream"
