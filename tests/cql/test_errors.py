"""Drivers' exceptions become ours; nothing else gets out."""

from __future__ import annotations

import acsylla.errors
import cassandra
import cassandra.cluster
import cassandra.connection
import cassandra.protocol
import pytest

from argus.storage import errors
from argus.storage.cql.errors import TABLE, message_of, translated

CASES: list[tuple[Exception, type[errors.StorageError]]] = [
    (acsylla.errors.CassErrorLibNoHostsAvailable("No hosts available"), errors.NoHostAvailable),
    (acsylla.errors.CassErrorLibRequestTimedOut("Request timed out"), errors.OperationTimedOut),
    (acsylla.errors.CassErrorServerReadTimeout("x"), errors.ReadTimeout),
    (acsylla.errors.CassErrorServerWriteTimeout("x"), errors.WriteTimeout),
    (acsylla.errors.CassErrorServerUnavailable("x"), errors.Unavailable),
    (acsylla.errors.CassErrorServerOverloaded("x"), errors.Overloaded),
    (acsylla.errors.CassErrorLibRequestQueueFull("x"), errors.Overloaded),
    (acsylla.errors.CassErrorServerInvalidQuery("x"), errors.InvalidRequest),
    (acsylla.errors.CassErrorServerSyntaxError("x"), errors.InvalidRequest),
    (acsylla.errors.CassErrorServerBadCredentials("x"), errors.NoHostAvailable),
    (acsylla.errors.CassErrorSslInvalidPeerCert("x"), errors.NoHostAvailable),
    (cassandra.cluster.NoHostAvailable("x", {}), errors.NoHostAvailable),
    (cassandra.OperationTimedOut(), errors.OperationTimedOut),
    (cassandra.ReadTimeout("x", consistency=4), errors.ReadTimeout),
    (cassandra.WriteTimeout("x", consistency=4, write_type=0), errors.WriteTimeout),
    (cassandra.Unavailable("x", consistency=4), errors.Unavailable),
    (cassandra.InvalidRequest("x"), errors.InvalidRequest),
    (cassandra.Unauthorized("x"), errors.InvalidRequest),
    (cassandra.AuthenticationFailed("x"), errors.NoHostAvailable),
    (cassandra.connection.ConnectionShutdown("x"), errors.NoHostAvailable),
    (cassandra.protocol.SyntaxException(code=0x2000, message="x", info=None), errors.InvalidRequest),
    (cassandra.protocol.OverloadedErrorMessage(code=0x1001, message="x", info=None), errors.Overloaded),
]


@pytest.mark.parametrize(
    ("theirs", "ours"), CASES, ids=[type(case[0]).__module__.split(".")[0] + "." + type(case[0]).__name__ for case in CASES]
)
def test_an_exception_of_a_driver_becomes_ours(theirs: Exception, ours: type[errors.StorageError]) -> None:
    assert type(translated(theirs)) is ours


def test_every_exception_of_both_drivers_becomes_some_error_of_ours() -> None:
    theirs = [getattr(acsylla.errors, name) for name in acsylla.errors.__all__]
    for module in (cassandra, cassandra.cluster, cassandra.connection, cassandra.protocol):
        theirs += [
            value
            for value in vars(module).values()
            if isinstance(value, type) and issubclass(value, cassandra.DriverException | cassandra.connection.ConnectionException)
        ]
    assert len(theirs) > 80
    for kind in theirs:
        assert any(base.__name__ in TABLE for base in kind.__mro__), kind


def test_other_exceptions_are_not_taken_for_a_driver_s() -> None:
    assert translated(ZeroDivisionError()) is None
    assert translated(KeyError("x")) is None


@pytest.mark.parametrize(
    "text",
    [
        "Invalid query: Undefined column name x in table k.t",
        'Error from server: code=2200 [Invalid query] message="Undefined column name x in table k.t"',
        "Undefined column name x in table k.t",
    ],
)
def test_both_drivers_errors_read_alike(text: str) -> None:
    assert message_of(Exception(text)) == "Undefined column name x in table k.t"
