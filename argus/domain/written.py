"""What people write for each other: how it is stored, and how its beginning is shown."""

from __future__ import annotations


def escaped(text: str) -> str:
    """A text as it is stored."""
    return text.replace("<", "&lt;").replace(">", "&gt;")


def excerpt(stored: str, longest: int) -> str:
    """The beginning of a stored text, of so many characters, on one line, as its author wrote it."""
    text = " ".join(stored.replace("&lt;", "<").replace("&gt;", ">").split())
    return text if len(text) <= longest else f"{text[:longest]}…"
