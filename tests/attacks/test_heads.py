"""Heads of requests that do not end, from callers of whom nothing is known."""

from __future__ import annotations

import pytest

from tests.attacks.harness import Target, withstands

pytestmark = [pytest.mark.attacks, pytest.mark.timeout(300)]
BEGIN = b"GET /api/v1/version HTTP/1.1\r\nHost: argus.test\r\n"


@pytest.mark.parametrize(
    ("begin", "piece"),
    [
        (BEGIN + b"X-A: ", b"b" * 65536),
        (BEGIN, b"a: b\r\n" * 10_000),
        (BEGIN, b"n" * 65536),
        (b"GET /", b"u" * 65536),
        (b"", b"\r\n" * 32768),
    ],
    ids=["one value", "many headers", "one name", "address", "empty lines"],
)
def test_a_head_without_end(target: Target, begin: bytes, piece: bytes) -> None:
    def attack(target: Target) -> None:
        with target.connect() as connection:
            connection.sendall(begin)
            while not target.over():
                connection.sendall(piece)

    withstands(target, attack)
