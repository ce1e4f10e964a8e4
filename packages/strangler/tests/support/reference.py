"""The reference: every public name with its signature and its docstring. `python -m support.reference` writes it anew."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import strangler

FILE = Path(__file__).parents[2] / "docs" / "reference.md"
WIDTH = 118
HEAD = """\
# Reference

Made from the docstrings of the public names, `from strangler import …`; a test holds the two together. What is not here
may change with any version.
"""


def text() -> str:
    """The page."""
    parts = [HEAD]
    for name in sorted(strangler.__all__, key=str.lower):
        found = getattr(strangler, name)
        parts.append(f"\n## {name}\n\n" + "\n".join(_of(name, found)) + "\n")
    return "".join(parts)


def _of(name: str, found: Any) -> Iterator[str]:
    yield from _signed(name, found)
    yield _doc(found)
    if not inspect.isclass(found):
        return
    made = found.__dict__.get("__init__")
    if made is not None and made.__doc__ and "See help(type(self))" not in made.__doc__:
        yield f"\n{_doc(made)}"
    for each, member in vars(found).items():
        documented = inspect.isfunction(member) or isinstance(member, property | staticmethod | classmethod)
        if str(getattr(member, "__module__", "")).startswith("pydantic"):
            continue  # made for a model, in words that change with its version
        if not each.startswith("_") and documented and _doc(getattr(member, "fget", None) or member):
            signed = "" if isinstance(member, property) else f"```text\n{each}{_signature(member)}\n```\n\n"
            yield f"\n### {name}.{each}\n\n{signed}{_doc(getattr(member, 'fget', None) or member)}"


def _signed(name: str, found: Any) -> Iterator[str]:
    signature = _signature(found)
    if signature is not None:
        yield f"```text\n{name}{signature}\n```\n"


def _signature(found: Any) -> str | None:
    try:
        told = str(inspect.signature(found))
    except (TypeError, ValueError):
        return None
    told = re.sub(r" at 0x[0-9a-f]+", "", told)
    told = re.sub(r"(: |-> )'([^']*)'", r"\1\2", told)  # annotations are kept as texts
    return re.sub(r"(?:[A-Za-z_]\w*\.)+(\w+)", r"\1", told)


def _doc(found: Any) -> str:
    paragraphs = inspect.cleandoc(found.__doc__ or "").split("\n\n")
    return "\n\n".join(_shown(each) for each in paragraphs)


def _shown(paragraph: str) -> str:
    """A paragraph; what stands below `Args:` and its kin is a list."""
    head, _, below = paragraph.partition(":\n    ")
    if not below:
        return _filled(paragraph)
    items = re.sub(r"\n {5,}", " ", below).split("\n    ")
    return "\n".join([f"{head}:", "", *(_filled(f"- {item}", "  ") for item in items)])


def _filled(text: str, indent: str = "") -> str:
    return textwrap.fill(text, WIDTH, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False)


if __name__ == "__main__":
    FILE.write_text(text(), "utf-8")
