"""Pages of lists: how many, and behind what, by a cursor that is signed and belongs to its list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer

from argus.kit.settings import Settings
from argus.platform.errors import invalid_value

USUAL, MOST = 50, 200


def number(query: Mapping[str, str], name: str, usual: int, least: int, most: int) -> int:
    """A whole number of a query.

    Raises:
        Invalid: it is none, or out of range.
    """
    text = query.get(name)
    if text is None:
        return usual
    if not text.isascii() or not text.isdigit() or len(text) > 9 or not least <= int(text) <= most:
        raise invalid_value(["query", name], f"a whole number from {least} to {most}")
    return int(text)


def choice(query: Mapping[str, str], name: str, *allowed: str) -> str | None:
    """One of some words of a query; None where it is not said.

    Raises:
        Invalid: it is another.
    """
    text = query.get(name)
    if text is not None and text not in allowed:
        raise invalid_value(["query", name], f"one of {', '.join(allowed)}")
    return text


def limit_of(query: Mapping[str, str]) -> int:
    """How many items a page has."""
    return number(query, "limit", USUAL, 1, MOST)


def place_of(settings: Settings, query: Mapping[str, str], of: str) -> list[Any] | None:
    """Behind what the page begins.

    Args:
        of: the list; a cursor of another one is refused.

    Raises:
        Invalid: it is none of this list.
    """
    text = query.get("cursor")
    if text is None:
        return None
    try:
        place: list[Any] = _signed(settings, of).loads(text)
    except (BadSignature, ValueError):
        raise invalid_value(["query", "cursor"], "no cursor of this list") from None
    return place


def cursor(settings: Settings, of: str, *place: Any) -> str:
    """The cursor of a place in a list."""
    return str(_signed(settings, of).dumps(list(place)))


def _signed(settings: Settings, of: str) -> URLSafeSerializer:
    return URLSafeSerializer(settings.SECRET_KEY, salt=f"deduper:{of}")
