"""`python docs/site/build.py [FOLDER]`: the documentation as a site (default: build/docs).

Pages stand where a reader of the repository finds them, and link to each other and to sources. Here they are gathered in a folder of the
same tree; links to sources become their names, since a site has none.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = ("*.md", "docs/**/*.md", "packages/strangler/*.md", "packages/strangler/docs/**/*.md")
KINDS = (".png", ".svg", ".webp")
PICTURES = tuple(f"{folder}/**/*{kind}" for folder in ("docs", "packages/strangler/docs") for kind in KINDS)
LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)\s]+)\)")
FENCED = re.compile(r"^( *)```.*?^\1```", re.DOTALL | re.MULTILINE)

SERVICES = "argus.domain", "argus.features"
STORAGE = "argus.storage.store", "argus.storage.statements", "argus.storage.table", "argus.storage.errors", "argus.storage.open"


def gather(into: Path) -> None:
    """Copy every page and picture, and make the pages of the reference."""
    for pattern in PICTURES:
        for picture in ROOT.glob(pattern):
            _write(into / picture.relative_to(ROOT), picture.read_bytes())
    pages = {page for pattern in PAGES for page in ROOT.glob(pattern)}
    for page in pages:
        _write(into / page.relative_to(ROOT), _for_site(page, pages).encode())
    _write(
        into / "reference/strangler.md",
        b"# The kit's public names\n\n::: strangler\n    options: {members: true, show_submodules: false}\n",
    )
    _write(into / "reference/services.md", _modules("Services", _services()).encode())
    _write(into / "reference/storage.md", _modules("The store", STORAGE).encode())


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _for_site(page: Path, pages: set[Path]) -> str:
    """The page's text, with the links to what is no page replaced by their words. Blocks of code stay as they are."""

    def linked(found: re.Match[str]) -> str:
        words, target = found[1], found[2]
        if "://" in target or target.startswith(("#", "mailto:")):
            return found[0]
        path = (page.parent / target.partition("#")[0]).resolve()
        return found[0] if path in pages or path.suffix in KINDS else words

    text, parts, at = page.read_text(), [], 0
    for block in FENCED.finditer(text):
        parts += [LINK.sub(linked, text[at : block.start()]), block[0]]
        at = block.end()
    return "".join([*parts, LINK.sub(linked, text[at:])])


def _services() -> list[str]:
    """What features offer: their services, and what they share."""
    found = sorted((ROOT / "argus/features").glob("*/*/service.py")) + sorted((ROOT / "argus/domain").glob("[a-z]*.py"))
    return [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in found]


def _modules(title: str, names: list[str] | tuple[str, ...]) -> str:
    return "\n\n".join([f"# {title}", *(f"::: {name}" for name in names)]) + "\n"


def main(site: Path) -> int:
    with tempfile.TemporaryDirectory() as folder:
        gather(Path(folder))
        environment = {
            **os.environ,
            "ARGUS_DOCS_PAGES": folder,
            "ARGUS_DOCS_SITE": str(site.resolve()),
            "ARGUS_DOCS_SOURCE": str(ROOT),
            "ARGUS_DOCS_KIT": str(ROOT / "packages/strangler"),
            "NO_MKDOCS_2_WARNING": "1",
        }
        command = [sys.executable, "-m", "mkdocs", "build", "--clean", "--config-file", str(Path(__file__).with_name("mkdocs.yml"))]
        return subprocess.run(command, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build/docs"))
