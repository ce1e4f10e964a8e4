"""Wraps the prose of Markdown pages at 118 characters: `python -m tests.docs.wrap [FILE…]`, all pages without a file.

Tables, headings, code and HTML stay as they are; a span of code or a link is not broken. No word changes.
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.docs.markdown import files

WIDTH = 118
ITEM = re.compile(r"(\s*)((?:[-*]|\d+\.)\s+)?")
WHOLE = re.compile(r"`[^`]{1,98}`|\[[^\]]{0,60}\]\([^)]{0,60}\)")
GLUE = "\x01"


def wrapped(lines: Iterable[str]) -> Iterator[str]:
    """The lines of a page, with its paragraphs and list items wrapped anew."""
    paragraph: list[str] = []
    in_code = False
    for line in lines:
        fence = line.lstrip().startswith("```")
        fixed = in_code or fence or not line.strip() or line.startswith(("#", "|", "<")) or (line.startswith("    ") and not paragraph)
        if fixed or re.match(r"\s*([-*]|\d+\.)\s", line):
            yield from _filled(paragraph)
            paragraph = []
        if fixed:
            in_code ^= fence
            yield line
        else:
            paragraph.append(line)
    yield from _filled(paragraph)


def _filled(paragraph: list[str]) -> list[str]:
    if not paragraph or all(len(line) <= WIDTH + 2 for line in paragraph):
        return paragraph
    found = ITEM.match(paragraph[0])
    assert found
    lead, mark = found.group(1), found.group(2) or ""
    text = " ".join(line.strip() for line in paragraph)[len(mark) :]
    glued = WHOLE.sub(lambda span: span.group().replace(" ", GLUE), text)
    filled = textwrap.wrap(
        glued,
        WIDTH,
        initial_indent=lead + mark,
        subsequent_indent=lead + " " * len(mark),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(GLUE, " ") for line in filled]


def wrap(page: Path) -> bool:
    """Wrap a page in place; whether that changed it."""
    before = page.read_text()
    after = "\n".join(wrapped(before.split("\n")))
    assert after.split() == before.split(), f"{page}: a word would change"
    if after != before:
        page.write_text(after)
    return after != before


if __name__ == "__main__":
    chosen = [Path(name) for name in sys.argv[1:]] or files("*.md")
    for page in chosen:
        if wrap(page):
            print(f"{page}: wrapped")
