"""Drivers' exceptions → `storage.errors`, by one table. Drivers' own never leave `storage`."""

from __future__ import annotations

import re

from argus.storage import errors

TABLE: dict[str, type[errors.StorageError]] = {
    # acsylla
    "CassErrorLibNoHostsAvailable": errors.NoHostAvailable,
    "CassErrorLibUnableToConnect": errors.NoHostAvailable,
    "CassErrorLibUnableToInit": errors.NoHostAvailable,
    "CassErrorLibUnableToDetermineProtocol": errors.NoHostAvailable,
    "CassErrorLibHostResolution": errors.NoHostAvailable,
    "CassExceptionConnectionError": errors.NoHostAvailable,
    "CassErrorServerBadCredentials": errors.NoHostAvailable,
    "CassErrorServerIsBootstrapping": errors.NoHostAvailable,
    "CassErrorSourceSsl": errors.NoHostAvailable,
    "CassErrorLibRequestTimedOut": errors.OperationTimedOut,
    "CassErrorLibWriteError": errors.OperationTimedOut,
    "CassErrorServerReadTimeout": errors.ReadTimeout,
    "CassErrorServerWriteTimeout": errors.WriteTimeout,
    "CassErrorServerUnavailable": errors.Unavailable,
    "CassErrorServerOverloaded": errors.Overloaded,
    "CassErrorLibRequestQueueFull": errors.Overloaded,
    "CassErrorLibNoStreams": errors.Overloaded,
    "CassErrorServerInvalidQuery": errors.InvalidRequest,
    "CassErrorServerSyntaxError": errors.InvalidRequest,
    "CassErrorServerUnauthorized": errors.InvalidRequest,
    "CassErrorServerConfigError": errors.InvalidRequest,
    "CassErrorServerAlreadyExists": errors.InvalidRequest,
    "CassErrorServerProtocolError": errors.InvalidRequest,
    # scylla-driver
    "NoHostAvailable": errors.NoHostAvailable,
    "NoConnectionsAvailable": errors.NoHostAvailable,
    "ConnectionException": errors.NoHostAvailable,
    "AuthenticationFailed": errors.NoHostAvailable,
    "UnresolvableContactPoints": errors.NoHostAvailable,
    "IsBootstrappingErrorMessage": errors.NoHostAvailable,
    "OperationTimedOut": errors.OperationTimedOut,
    "ReadTimeout": errors.ReadTimeout,
    "WriteTimeout": errors.WriteTimeout,
    "Unavailable": errors.Unavailable,
    "OverloadedErrorMessage": errors.Overloaded,
    "RateLimitReached": errors.Overloaded,
    "RequestValidationException": errors.InvalidRequest,
    "ProtocolException": errors.InvalidRequest,
    # a connection that ends under a request, and what binding raises for a type that changed meanwhile
    "ConnectionError": errors.NoHostAvailable,
    "CassErrorSourceLib": errors.StorageError,
    "CassErrorSourceServer": errors.StorageError,
    "CassException": errors.StorageError,
    "DriverException": errors.StorageError,
    "ErrorMessage": errors.StorageError,
}
"""Name of an exception's class or of one of its bases, nearest first → ours."""

_PREFIX = re.compile(r"^(Invalid query: |Error from server: code=\w+ \[[^\]]+\] (?=message=))")
_MESSAGE = re.compile(r'^message="(.*)"$', re.DOTALL)


def translated(error: Exception) -> errors.StorageError | None:
    """Our exception for a driver's, or None when it is not one."""
    if isinstance(error, errors.StorageError):
        return error
    for base in type(error).__mro__:
        ours = TABLE.get(base.__name__)
        if ours is not None:
            return ours(message_of(error))
    return None


def message_of(error: Exception) -> str:
    """The server's words without the driver's frame around them."""
    text = _PREFIX.sub("", str(error))
    inner = _MESSAGE.match(text)
    return inner[1] if inner else text
