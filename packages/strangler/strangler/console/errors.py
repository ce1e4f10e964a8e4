"""What the console refuses, and the status and words with which it does so."""

from __future__ import annotations


class ConsoleError(Exception):
    """A request that changes nothing. Arguments are sentences for people."""

    status = 400


class BadRequest(ConsoleError):
    """A body or a value that makes no sense."""


class Forbidden(ConsoleError):
    """The host application does not let the caller see or do this."""

    status = 403


class Unknown(ConsoleError):
    """There is no such blueprint."""

    status = 404


class Outpaced(ConsoleError):
    """What was to be changed is no longer what the caller has seen: somebody, the guard or an edit was faster."""

    status = 409


class NotProven(ConsoleError):
    """A cut-over without clean records. The arguments say what speaks against it."""

    status = 412


class Impossible(ConsoleError):
    """Nothing that the gateway could do, or nothing that would change anything."""

    status = 422


class Unavailable(ConsoleError):
    """The shared state does not answer."""

    status = 503
