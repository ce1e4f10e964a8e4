"""Reading the JSON of others: where something else stands than their protocol says, that is said in the remote's name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from argus.integrations.remote import Remote


@contextmanager
def expecting(remote: Remote, error: type[Exception]) -> Iterator[None]:
    """What is read inside is where the remote's protocol puts it.

    Raises:
        error: it is not there, or is of another kind.
    """
    try:
        yield
    except (LookupError, TypeError, AttributeError, ValueError) as problem:
        raise error(f"{remote.name} answers without what belongs there ({type(problem).__name__})") from problem


def an_object(remote: Remote, found: Any, error: type[Exception]) -> dict[str, Any]:
    """The answer, which has to be an object.

    Raises:
        error: it is none.
    """
    if not isinstance(found, dict):
        raise error(f"{remote.name} answers without what belongs there (no object)")
    return found
