"""What speaks against a cut-over, each reason by itself."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from strangler.evidence import Parity, Shadowed, objections
from strangler.registry import Blueprint, Route

WHEN = datetime(2026, 3, 1, tzinfo=UTC)
CLEAN = Parity(requests=80, differences=0, failures=0, time=WHEN)
ALIKE = Shadowed(compared=300, failed=0, places=())


def blueprint(*methods: str, shadow_safe: bool | None = None) -> Blueprint:
    return Blueprint(owner="flask", routes=(Route(path="/runs", methods=methods or ("GET",)),), shadow_safe=shadow_safe)  # type: ignore[arg-type]


def test_two_clean_records_are_enough() -> None:
    assert objections(blueprint(), CLEAN, ALIKE) == []


@pytest.mark.parametrize(
    ("parity", "reason"),
    [
        (None, "the parity suite has no record of it"),
        (Parity(requests=0, differences=0, failures=0, time=WHEN), "the parity suite has no record of it"),
        (Parity(requests=80, differences=2, failures=0, time=WHEN), "parity: 2 differences and 0 failures"),
        (Parity(requests=80, differences=0, failures=3, time=WHEN), "parity: 0 differences and 3 failures"),
    ],
    ids=["no record", "nothing asked", "another answer", "answers of 500"],
)
def test_the_parity_record_alone_can_object(parity: Parity | None, reason: str) -> None:
    assert [found[: len(reason)] for found in objections(blueprint(), parity, ALIKE)] == [reason]


@pytest.mark.parametrize(
    ("shadow", "reason"),
    [
        (None, "the workers that serve have no shadow record"),
        (Shadowed(compared=0, failed=0, places=()), "the workers that serve have no shadow record"),
        (Shadowed(compared=300, failed=0, places=("GET /runs at id",)), "shadow: 1 places differ in 300 comparisons: GET /runs at id"),
    ],
    ids=["no record", "nothing compared", "another answer"],
)
def test_the_shadow_record_alone_can_object(shadow: Shadowed | None, reason: str) -> None:
    assert [found[: len(reason)] for found in objections(blueprint(), CLEAN, shadow)] == [reason]


@pytest.mark.parametrize("written", [blueprint("POST"), blueprint(shadow_safe=False)], ids=["only POST", "a GET that changes something"])
def test_what_cannot_be_shadowed_needs_no_shadow_record(written: Blueprint) -> None:
    assert objections(written, CLEAN, None) == []
