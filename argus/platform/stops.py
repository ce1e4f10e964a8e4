"""How an attempt at a piece of work ends before it is done. Nothing here loads SQLAlchemy."""

from __future__ import annotations


class WorkCancelled(Exception):
    """The handler is to end: somebody cancelled its item, or the process leaves."""


class Fenced(Exception):
    """Another attempt at the item has begun, or somebody has ended it: this one writes nothing any more."""


class Permanent(Exception):
    """Trying again would not help. `code` and `message` become the item's error."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return self.message


class ChildFailed(Exception):
    """A spawned process ended without saying why; another attempt may succeed."""
