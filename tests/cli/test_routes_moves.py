"""`argus routes canary`, `cutover`, `rollback`, `journal`: evidence first, a trace of everything, and a file that stays readable."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from strangler.evidence import Parity, commit_of, table_of, write_parity
from strangler.registry import parse
from strangler.state import Override
from tests.cli.conftest import Argus, in_state

REGISTRY = """\
# who serves what
version: 1
moved: [before_request:begin_deadline, before_request:_identify, after_request:_update_remember_cookie, after_request:_allow_in_order]
blueprints:
  profile:
    owner: flask # for now
    since: 2026-01-31
    moved: [teardown_request:end, errorhandler:Exception, decorator:_guard]
    routes:
      - {path: "/profile/", methods: [GET], endpoint: main.profile}
unlisted: flask
"""


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "registry.yaml"
    path.write_text(REGISTRY)
    monkeypatch.setenv("ARGUS_REGISTRY", str(path))
    monkeypatch.setenv("ARGUS_DATA_DIR", str(tmp_path / "data"))
    return path


def parity(folder: Path, differences: int = 0, failures: int = 0) -> None:
    (folder / "data").mkdir(exist_ok=True)
    about = parse(REGISTRY).blueprints["profile"]
    record = Parity(
        requests=80,
        differences=differences,
        failures=failures,
        time=datetime.now(UTC),
        routes={"GET /profile/": 80},
        table=table_of(about),
        commit=commit_of(Path(__file__).parent),
    )
    write_parity(folder / "data" / "parity.json", {"profile": record})


def shadow(compared: int, *places: str) -> None:
    found = [{"method": "GET", "route": "/profile/", "path": place, "count": 1, "noise": 0, "samples": []} for place in places]
    record = {"blueprint": "profile", "compared": compared, "failed": 0, "differences": found, "routes": {"GET /profile/": compared}}
    in_state(lambda state: state.publish("shadow", "worker", [record], 60))


def entries(argus: Argus, *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(argus("routes", "journal", "--json", *arguments).stdout)
    return found


def test_a_canary_comes_grows_and_goes(argus: Argus, registry: Path) -> None:
    assert argus("routes", "canary", "profile", "--percent", "5", "--why", "first try").exit_code == 0
    one = "    owner: flask # for now\n    canary: {percent: 5, sticky: user}\n"
    assert registry.read_text() == REGISTRY.replace("    owner: flask # for now\n", one)
    assert argus("routes", "canary", "profile", "--percent", "12.5").exit_code == 0
    assert "canary: {percent: 12.5, sticky: user}\n" in registry.read_text()
    last, first = entries(argus)
    assert (first["subject"], first["what"], first["before"], first["why"], first["source"]) == (
        "profile",
        "canary",
        "",
        "first try",
        "cli",
    )
    assert (last["before"], last["after"]) == ("percent 5, sticky user", "percent 12.5, sticky user")
    assert first["who"]


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (("canary", "nobody", "--percent", "5"), 1, "there is no blueprint 'nobody'"),
        (("canary", "profile", "--percent", "101"), 2, "less than or equal to 100"),
        (("canary", "profile", "--percent", "5", "--route", "GET /nowhere"), 1, "lists no GET /nowhere"),
        (("cutover", "nobody"), 1, "there is no blueprint 'nobody'"),
        (("rollback", "nobody"), 1, "there is no blueprint 'nobody'"),
    ],
)
def test_a_mistake_changes_nothing(argus: Argus, registry: Path, arguments: tuple[str, ...], code: int, reason: str) -> None:
    result = argus("routes", *arguments)
    assert (result.exit_code, registry.read_text()) == (code, REGISTRY)
    assert reason in result.stderr
    assert entries(argus) == []


def test_a_cutover_asks_for_evidence(argus: Argus, registry: Path, tmp_path: Path) -> None:
    refused = argus("routes", "cutover", "profile")
    assert (refused.exit_code, registry.read_text()) == (1, REGISTRY)
    assert "the parity suite has no record" in refused.stderr
    assert "no shadow record" in refused.stderr
    parity(tmp_path, differences=2)
    shadow(300, "response.name")
    refused = argus("routes", "cutover", "profile")
    assert "2 differences and 0 failures in 80 requests" in refused.stderr
    assert "GET /profile/ at response.name" in refused.stderr
    parity(tmp_path, failures=1)
    assert argus("routes", "cutover", "profile").exit_code == 1
    parity(tmp_path)
    assert argus("routes", "cutover", "profile").exit_code == 1, "the shadow record is not clean"
    shadow(300)
    done = argus("routes", "cutover", "profile")
    assert (done.exit_code, done.stderr) == (0, "profile is fastapi's now.\n")
    assert registry.read_text() == REGISTRY.replace("owner: flask # for now", "owner: fastapi # for now")
    (entry,) = entries(argus)
    assert (entry["before"], entry["after"]) == ("flask", "fastapi")
    assert "0 differences and 0 failures in 80 requests" in entry["evidence"]
    assert "0 places differ in 300 comparisons" in entry["evidence"]


def test_a_cutover_asks_that_what_flask_does_around_is_acknowledged(argus: Argus, registry: Path, tmp_path: Path) -> None:
    parity(tmp_path)
    shadow(300)
    registry.write_text(REGISTRY.replace(", decorator:_guard", ""))
    refused = argus("routes", "cutover", "profile")
    assert refused.exit_code == 1
    assert "what `moved` does not name: decorator:_guard (around GET /profile/)" in refused.stderr
    registry.write_text(REGISTRY)
    assert argus("routes", "cutover", "profile").exit_code == 0


def test_force_is_journalled_as_such(argus: Argus, registry: Path) -> None:
    done = argus("routes", "cutover", "profile", "--force", "--why", "the demo")
    assert (done.exit_code, done.stderr) == (0, "profile is fastapi's now, by force.\n")
    (entry,) = entries(argus, "profile")
    assert entry["evidence"].startswith("forced, although the parity suite has no record")
    assert entry["why"] == "the demo"


def test_a_record_that_makes_no_sense_is_said(argus: Argus, registry: Path, tmp_path: Path) -> None:
    parity(tmp_path)
    (tmp_path / "data" / "parity.json").write_text("{")
    result = argus("routes", "cutover", "profile")
    assert result.exit_code == 1
    assert "is no parity record" in result.stderr


def test_a_rollback_ends_canary_and_overrides(argus: Argus, registry: Path) -> None:
    argus("routes", "cutover", "profile", "--force")
    argus("routes", "canary", "profile", "--percent", "5")
    in_state(lambda state: state.place(Override("profile", "flask", 0, "b", "guard", "slow")))
    assert argus("routes", "rollback", "profile").exit_code == 0
    assert registry.read_text() == REGISTRY.replace("flask # for", "flask   # for"), "the comment keeps its column"
    assert in_state(lambda state: state.overrides()) == []
    assert [each["what"] for each in entries(argus)[:3]].count("override") == 1
    assert "flask" in argus("routes", "journal").stdout


def test_a_rollback_needs_no_database(argus: Argus, registry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    argus("routes", "cutover", "profile", "--force")
    monkeypatch.setenv("ARGUS_STORAGE", "cql://127.0.0.1:9/argus")
    done = argus("routes", "rollback", "profile")
    assert done.exit_code == 0
    assert "the journal was not written" in done.stderr
    assert "owner: flask" in registry.read_text()


def test_a_blueprint_is_switched_off_and_on(argus: Argus, registry: Path) -> None:
    assert "profile is switched off." in argus("routes", "disable", "profile", "--why", "maintenance").stderr
    assert "    enabled: false\n" in registry.read_text()
    argus("routes", "enable", "profile")
    assert registry.read_text() == REGISTRY
