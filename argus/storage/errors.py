"""What can go wrong in a store. Class names are wire format: error envelopes show them.

Contract: docs/contract/conventions.md#the-error-envelope; docs/contract/conventions.md#the-database-is-down.
"""

from __future__ import annotations

from typing import Any


class StorageError(Exception):
    """Base of everything below; drivers' own exceptions never leave `storage`."""


class NoHostAvailable(StorageError):
    """No database answers, at connect or at a request."""


class OperationTimedOut(StorageError):
    """The database did not answer in time; a write may or may not have happened."""


class ReadTimeout(OperationTimedOut):
    """Too few replicas answered a read in time."""


class WriteTimeout(OperationTimedOut):
    """Too few replicas confirmed a write in time."""


class Unavailable(StorageError):
    """Too few replicas are alive for the consistency asked."""


class InvalidRequest(StorageError):
    """The database refuses the statement: unknown column, filtering not allowed, null in a key, …"""


class Overloaded(StorageError):
    """Too much is waiting already."""


class WrongValue(TypeError):
    """A value that does not fit its column (docs/contract/client.md#recurring-errors). `shown_as` is the class that the envelope names."""

    shown_as = "TypeError"
    left_out: list[Any] | None = None
    """Of a submission whose other parts are kept: which ones are not."""


class WrongText(WrongValue):
    """Something other than text for a text column (docs/contract/conventions.md#the-error-envelope)."""

    shown_as = "AttributeError"


class UnencodableText(WrongValue):
    """Text outside the column's alphabet; arguments as of `UnicodeEncodeError` (docs/contract/results.md#ascii)."""

    shown_as = "UnicodeEncodeError"

    def __str__(self) -> str:
        return str(UnicodeEncodeError(*self.args))


class DocumentNotFound(StorageError):
    """A single lookup found no row: `No <Entity> found matching {<filter>}`."""


class MultipleDocumentsFound(StorageError):
    """A single lookup found two rows."""
