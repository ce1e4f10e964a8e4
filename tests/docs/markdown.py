"""What Markdown pages of this repository offer to be pointed at, and where they point."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


@cache
def files(*patterns: str) -> list[Path]:
    """What of the repository matches: under git's hands or new, never what is ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


@cache
def anchors(page: Path) -> frozenset[str]:
    """The anchors of a page's headings, made as GitHub makes them, and those that it sets by itself."""
    text = FENCE.sub("", page.read_text())
    found = set(re.findall(r'<a id="([^"]+)">', text))
    for title in re.findall(r"^#+ +(.+?) *$", text, re.MULTILINE):
        slug = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).lower()).replace(" ", "-")
        again = (f"{slug}-{n}" for n in range(1, 100))
        found.add(slug if slug not in found else next(s for s in again if s not in found))
    return frozenset(found)


def prose(page: Path) -> str:
    """A page without its blocks and spans of code: only there a bracket is a link."""
    return re.sub(r"`[^`\n]*`", "", FENCE.sub("", page.read_text()))


def leads_somewhere(target: Path, anchor: str) -> bool:
    """Whether there is such a file, and in it such a heading."""
    if not anchor:
        return target.exists()
    return target.is_file() and anchor in anchors(target)
