"""What Markdown pages of this repository offer to be pointed at, and where they point."""

from __future__ import annotations

import re
import subprocess
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


NOT_OURS = {".git", ".venv", "node_modules", "__pycache__", "build", "dist", "var"}


@cache
def _all() -> list[str]:
    """Every file of the project by its path: what git keeps or would; in a copy without git, what is not made by tools."""
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode == 0:
        return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]
    found = (path.relative_to(ROOT) for path in sorted(ROOT.rglob("*")) if path.is_file())
    return [path.as_posix() for path in found if not NOT_OURS.intersection(path.parts)]


@cache
def files(*patterns: str) -> list[Path]:
    """The project's files that match one of the patterns, in which `*` also stands for slashes."""
    return [ROOT / name for name in _all() if any(fnmatchcase(name, pattern) for pattern in patterns)]


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
