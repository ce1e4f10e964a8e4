"""What a request brought and could not be kept, while the rest was: the answer names it under `not_kept`."""

from __future__ import annotations

from contextvars import ContextVar

MOST = 20  # sentences in one answer; what is beyond is counted
LONGEST = 200  # characters of a sentence

_losses: ContextVar[list[str] | None] = ContextVar("argus_losses", default=None)


def begin() -> None:
    """Start an empty list for this request. It belongs to the context, so a service on another thread adds to the same one."""
    _losses.set([])


def end() -> None:
    """Whatever comes next in this context is no part of the request."""
    _losses.set(None)


def lose(sentence: str) -> None:
    """Say that something was left out or replaced. Outside of a request nobody is told."""
    found = _losses.get()
    if found is not None:
        found.append(sentence if len(sentence) <= LONGEST else f"{sentence[: LONGEST - 1]}…")


def losses() -> list[str]:
    """What was lost so far, the first `MOST` of it."""
    found = _losses.get() or []
    return found if len(found) <= MOST else [*found[:MOST], f"… and {len(found) - MOST} more"]
