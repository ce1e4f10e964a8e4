"""What speaks against a cut-over, each reason by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from strangler.evidence import Parity, Records, Shadowed, SignOff, objections, read_records, table_of, write_parity, write_sign_offs
from strangler.registry import Blueprint, Route

WHEN = datetime(2026, 3, 1, tzinfo=UTC)
ALIKE = Shadowed(compared=300, failed=0, places=(), routes={"GET /runs": 300}, last=WHEN)


def blueprint(*methods: str, shadow_safe: bool | None = None) -> Blueprint:
    return Blueprint(owner="flask", routes=(Route(path="/runs", methods=methods or ("GET",)),), shadow_safe=shadow_safe)


def parity(**found: Any) -> Parity:
    about = blueprint(*found.pop("methods", ("GET",)))
    routes = {f"{method} {route.path}": 40 for route in about.routes for method in route.methods}
    whole = {"requests": 80, "differences": 0, "failures": 0, "time": WHEN, "routes": routes, "table": table_of(about), "commit": "a" * 40}
    return Parity(**{**whole, **found})


def against(about: Blueprint, record: Parity | None, shadow: Shadowed | None, **signed: SignOff) -> list[str]:
    records = Records(blueprints={"runs": record} if record else {}, sign_offs={"runs": signed})
    return objections("runs", about, records, shadow, commit="a" * 40, now=WHEN)


def test_two_clean_records_are_enough() -> None:
    assert against(blueprint(), parity(), ALIKE) == []


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (None, "the parity suite has no record of it"),
        (parity(requests=0), "the parity suite has no record of it"),
        (parity(differences=2), "parity: 2 differences and 0 failures"),
        (parity(failures=3), "parity: 0 differences and 3 failures"),
        (parity(time=WHEN - timedelta(days=8)), "the parity record is of 2026-02-21, more than 7 days old"),
        (parity(table="of another time"), "the parity record is about other routes"),
        (parity(routes={"GET /runs": 2}), "the parity suite has asked fewer than 3 times: GET /runs"),
        (parity(commit="b" * 40), "the parity record is of commit bbbbbbbbbbbb, and aaaaaaaaaaaa serves"),
    ],
    ids=["no record", "nothing asked", "another answer", "answers of 500", "old", "other routes", "a route left out", "another commit"],
)
def test_the_parity_record_alone_can_object(record: Parity | None, reason: str) -> None:
    assert [found[: len(reason)] for found in against(blueprint(), record, ALIKE)] == [reason]


@pytest.mark.parametrize(
    ("shadow", "reason"),
    [
        (None, "the workers that serve have no shadow record"),
        (Shadowed(compared=0, failed=0, places=()), "the workers that serve have no shadow record"),
        (
            Shadowed(compared=300, failed=0, places=("GET /runs at id",), routes={"GET /runs": 300}),
            "shadow: 1 places differ in 300 comparisons: GET /runs at id",
        ),
        (Shadowed(compared=9, failed=0, places=(), routes={"GET /runs": 9}), "shadowing has compared fewer than 10 answers: GET /runs"),
        (replace(ALIKE, last=WHEN - timedelta(days=8)), "nothing was compared since 2026-02-21"),
    ],
    ids=["no record", "nothing compared", "another answer", "too few", "old"],
)
def test_the_shadow_record_alone_can_object(shadow: Shadowed | None, reason: str) -> None:
    assert [found[: len(reason)] for found in against(blueprint(), parity(), shadow)] == [reason]


@pytest.mark.parametrize("written", [blueprint("POST"), blueprint(shadow_safe=False)], ids=["only POST", "a GET that changes something"])
def test_what_cannot_be_shadowed_needs_no_shadow_record(written: Blueprint) -> None:
    assert against(written, parity(methods=[*written.routes[0].methods]), None) == []


def test_routes_are_counted_each_by_itself() -> None:
    about = blueprint("GET", "POST")
    record = parity(methods=("GET", "POST"), routes={"GET /runs": 500})
    assert against(about, record, ALIKE) == ["the parity suite has asked fewer than 3 times: POST /runs"]


SIGNED = blueprint().model_copy(update={"sign_off": ("drill", "callers")})


def signed(**found: Any) -> SignOff:
    return SignOff(**{"time": WHEN, "table": table_of(SIGNED), "commit": "a" * 40, **found})


def test_what_the_registry_names_must_be_signed_off() -> None:
    assert against(SIGNED, parity(), ALIKE, drill=signed(), callers=signed()) == []
    assert against(blueprint(), parity(), ALIKE) == [], "the registry names none"


@pytest.mark.parametrize(
    ("drill", "reason"),
    [
        (None, "the sign-off 'drill' is missing"),
        (signed(time=WHEN - timedelta(days=8)), "the sign-off 'drill' is of 2026-02-21, more than 7 days old"),
        (signed(table="of another time"), "the sign-off 'drill' is about other routes"),
        (signed(commit="b" * 40), "the sign-off 'drill' is of commit bbbbbbbbbbbb, and aaaaaaaaaaaa serves"),
    ],
    ids=["missing", "old", "other routes", "another commit"],
)
def test_a_sign_off_alone_can_object(drill: SignOff | None, reason: str) -> None:
    given = {"callers": signed()} | ({"drill": drill} if drill else {})
    assert [found[: len(reason)] for found in against(SIGNED, parity(), ALIKE, **given)] == [reason]


def test_records_of_one_file_leave_each_other_alone(tmp_path: Path) -> None:
    file = tmp_path / "parity.json"
    write_sign_offs(file, "runs", {"drill": signed(protocol=("rolled back", "0 requests failed"))})
    write_parity(file, {"runs": parity(), "users": parity()})
    write_sign_offs(file, "runs", {"callers": signed()})
    write_parity(file, {"runs": parity(differences=1)})
    kept = read_records(file)
    assert (kept.blueprints["runs"].differences, kept.blueprints["users"].differences) == (1, 0)
    assert list(kept.sign_offs["runs"]) == ["callers", "drill"]
    assert kept.said_of("runs")[2] == "drill: passed 2026-03-01 00:00; rolled back; 0 requests failed"
    assert kept.said_of("nobody") == []
