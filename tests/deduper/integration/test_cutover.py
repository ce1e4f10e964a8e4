"""`argus routes cutover deduper` asks for what signs the deduper off: the drill and its callers, beside parity and shadow record."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from strangler import edit
from strangler.evidence import LEAST_COMPARISONS, LEAST_REQUESTS, Records, commit_of, read_records
from strangler.registry import Blueprint, read
from tests.cli.conftest import Argus, argus, in_state  # noqa: F401
from tests.deduper import protocol, sign_off
from tests.deduper.parity import cases
from tests.deduper.sign_off import Suite
from tests.serving import ROOT

FORMS = 4  # that each case of the matrix is asked of
LINES = ["rolled back: flask sees job 01JZ3N9M… running, attempt 1", "48 requests in all, 0 failed"]


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, argus: Argus) -> Path:  # noqa: F811
    """What the registry that comes with Argus says of the deduper, given back to Flask."""
    path = tmp_path / "migration_status.yaml"
    whole = (ROOT / "migration_status.yaml").read_text()
    head, _, rest = whole.partition("\nblueprints:\n")
    own = re.search(r"^  deduper:.*?(?=^  \w)", rest, re.MULTILINE | re.DOTALL)
    assert own is not None
    path.write_text(edit.roll_back(f"{head}\nblueprints:\n{own[0]}unlisted: flask\n", "deduper"))
    monkeypatch.setenv("ARGUS_REGISTRY", str(path))
    monkeypatch.setenv("ARGUS_DATA_DIR", str(tmp_path))
    return path


def suites() -> dict[str, Suite]:
    """What is heard of the suites when all goes well."""
    asked = [case.request for case in cases() for _ in range(FORMS)]
    return {"parity": Suite(passed=len(asked), asked=asked), "drill": Suite(passed=9, lines=LINES), "callers": Suite(passed=28)}


def sign(registry: Path) -> Path:
    """Write down that everything has passed."""
    record = registry.with_name("parity.json")
    sign_off.write(record, suites(), about(registry), datetime.now(UTC), commit_of(ROOT))
    return record


def about(registry: Path) -> Blueprint:
    return read(registry).blueprints["deduper"]


def shadow(registry: Path) -> None:
    """What workers tell that have compared enough."""
    routes = {f"GET {route.path}": LEAST_COMPARISONS for route in about(registry).routes if "GET" in route.methods}
    record = {"blueprint": "deduper", "compared": 100, "failed": 0, "differences": [], "routes": routes}
    in_state(lambda state: state.publish("shadow", "worker", [record], 60))


def test_a_deduper_that_is_signed_off_is_cut_over_and_the_journal_has_the_protocol(argus: Argus, registry: Path) -> None:  # noqa: F811
    sign(registry)
    shadow(registry)
    done = argus("routes", "cutover", "deduper", "--why", "the drill went well")
    assert (done.exit_code, done.stderr) == (0, "deduper is fastapi's now.\n")
    assert about(registry).owner == "fastapi"
    (entry,) = [one for one in json.loads(argus("routes", "journal", "deduper", "--json").stdout) if one["what"] == "owner"]
    for line in ("parity: 0 differences and 0 failures", "shadow: 0 places differ", "drill: passed", *LINES, "callers: passed"):
        assert line in entry["evidence"]


@pytest.mark.parametrize("without", ["drill", "callers"])
def test_a_cutover_is_refused_without_a_sign_off(argus: Argus, registry: Path, without: str) -> None:  # noqa: F811
    record = sign(registry)
    shadow(registry)
    told = json.loads(record.read_text())
    del told["sign_offs"]["deduper"][without]
    record.write_text(json.dumps(told))
    before = registry.read_text()
    refused = argus("routes", "cutover", "deduper")
    assert (refused.exit_code, registry.read_text()) == (1, before)
    assert refused.stderr == f"Error: deduper stays where it is: the sign-off '{without}' is missing\n"


def test_a_cutover_is_refused_without_the_matrix_of_both_shells(argus: Argus, registry: Path) -> None:  # noqa: F811
    record = sign(registry)
    shadow(registry)
    record.write_text(Records(sign_offs=read_records(record).sign_offs).model_dump_json())
    assert "the parity suite has no record of it" in argus("routes", "cutover", "deduper").stderr


def test_a_cutover_is_refused_without_a_comparison_of_live_answers(argus: Argus, registry: Path) -> None:  # noqa: F811
    sign(registry)
    assert "have no shadow record of it" in argus("routes", "cutover", "deduper").stderr


def test_routes_that_start_a_job_are_not_played_twice(registry: Path) -> None:
    """They are GETs for older callers; a shadow of one would start a second job."""
    unsafe = {route.path for route in about(registry).routes if route.shadow_safe is False}
    assert unsafe == {"/deduper/jobs", "/deduper/jobs/reportId/<string:report_id>"}


@pytest.mark.parametrize("name", ["parity", "drill", "callers"])
@pytest.mark.parametrize("how", ["failed", "not played"])
def test_nothing_is_written_of_what_has_not_passed(registry: Path, name: str, how: str) -> None:
    found = suites()
    found[name] = Suite(passed=8, failed=["a test"]) if how == "failed" else Suite(left_out=9)
    with pytest.raises(ValueError, match=f"{name} is not signed off"):
        sign_off.write(registry.with_name("parity.json"), found, about(registry), datetime.now(UTC), None)
    assert not registry.with_name("parity.json").exists()


def test_the_matrix_asks_each_route_often_enough(registry: Path) -> None:
    counts = sign_off.by_route(about(registry), suites()["parity"].asked)
    listed = {f"{method} {route.path}" for route in about(registry).routes for method in route.methods}
    assert set(counts) == listed
    assert min(counts.values()) >= LEAST_REQUESTS


def test_the_page_has_the_protocol_of_each_part_of_the_drill() -> None:
    told = [line.partition(":")[0] for line in protocol.printed() if not line.startswith(" ")]
    assert told[1:] == ["rolled back", "cut over", told[3], "5 %", "25 %", "100 %", "cut over"]
    assert told[3].endswith("requests in all, 0 failed")
    assert protocol.stands_on_the_page(protocol.printed()[:2])
    assert not protocol.stands_on_the_page(["rolled back: nobody noticed"])
