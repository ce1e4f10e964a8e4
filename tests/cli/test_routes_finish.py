"""`argus routes finish`: every way in which Flask still serves is named, and what it calls deletable can be deleted."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from argus.cli.routes_finish import deletable
from strangler.evidence import Parity, commit_of, table_of, write_parity
from strangler.registry import parse
from strangler.state import Entry, Override
from tests.cli.conftest import Argus, in_state

ROOT = Path(__file__).parents[2]
REGISTRY = """\
version: 1
blueprints:
  profile:
    owner: fastapi
    routes:
      - {path: "/profile/", methods: [GET], endpoint: main.profile}
      - {path: "/profile/jobs", methods: [GET], endpoint: main.profile_jobs}
unlisted: flask
"""
TOP = ("argus_backend.py", "migration_status.yaml", "uwsgi.ini")
NEITHER = ("the parity suite has no record of it", "the workers that serve have no shadow record")


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "registry.yaml"
    path.write_text(REGISTRY)
    monkeypatch.setenv("ARGUS_REGISTRY", str(path))
    monkeypatch.setenv("ARGUS_DATA_DIR", str(tmp_path / "data"))
    return path


@pytest.fixture
def proved(registry: Path, tmp_path: Path) -> None:
    """Both records are clean."""
    routes = {"GET /profile/": 80, "GET /profile/jobs": 80}
    about = parse(REGISTRY).blueprints["profile"]
    commit = commit_of(Path(__file__).parent)
    record = Parity(requests=160, differences=0, failures=0, time=datetime.now(UTC), routes=routes, table=table_of(about), commit=commit)
    write_parity(tmp_path / "data" / "parity.json", {"profile": record})
    shadow = {"blueprint": "profile", "compared": 160, "failed": 0, "differences": [], "routes": routes}
    in_state(lambda state: state.publish("shadow", "worker", [shadow], 60))


def obstacles(argus: Argus) -> list[tuple[str, str]]:
    done = argus("routes", "finish", "--json")
    told = json.loads(done.stdout)
    assert done.exit_code == bool(told["obstacles"])
    return [(each["subject"], each["what"]) for each in told["obstacles"]]


def test_evidence_is_asked_for_as_at_a_cutover(argus: Argus, registry: Path) -> None:
    found = obstacles(argus)
    assert [subject for subject, _ in found] == ["profile", "profile"]
    assert all(what.startswith(expected) for (_, what), expected in zip(found, NEITHER, strict=True))


def test_nothing_stands_in_the_way(argus: Argus, proved: None) -> None:
    done = argus("routes", "finish")
    assert (done.exit_code, done.stderr) == (0, "Nothing stands in the way of removing Flask.\n")
    assert "  argus/web/flask_app.py\n" in done.stdout


@pytest.mark.parametrize(
    ("edited", "subject", "what"),
    [
        (("    owner: fastapi", "    owner: flask"), "profile", "is Flask's"),
        (("main.profile}", "main.profile, owner: flask}"), "profile: GET /profile/", "is Flask's"),
        (("    owner: fastapi", "    owner: fastapi\n    canary: {percent: 5}"), "profile", "has a canary: some callers are Flask's"),
        (("    owner: fastapi", "    owner: fastapi\n    canary: {users: [ann]}"), "profile", "has a canary: some callers are Flask's"),
        (("main.profile}", "main.profile, canary: {header: X-Old}}"), "profile: GET /profile/", "has a canary: some callers are Flask's"),
    ],
)
def test_what_the_registry_gives_to_flask(
    argus: Argus, registry: Path, proved: None, edited: tuple[str, str], subject: str, what: str
) -> None:
    registry.write_text(REGISTRY.replace(*edited))
    assert (subject, what) in obstacles(argus)


def test_a_canary_of_nobody_is_none(argus: Argus, registry: Path, proved: None) -> None:
    registry.write_text(REGISTRY.replace("    owner: fastapi", "    owner: fastapi\n    canary: {percent: 0}"))
    assert obstacles(argus) == []


def test_what_the_console_or_the_guard_gives_to_flask(argus: Argus, proved: None) -> None:
    in_state(lambda state: state.place(Override("profile", "flask", 0, "b", "guard", "too many errors")))
    assert obstacles(argus) == [("profile", "was given to Flask by guard: too many errors")]


def test_a_canary_of_the_console(argus: Argus, proved: None) -> None:
    in_state(lambda state: state.place(Override("profile", "fastapi", 2.5, "b", "ann", "")))
    assert obstacles(argus) == [("profile", "has a canary of 2.5 % by ann")]


def test_everything_may_be_flasks_by_a_setting(argus: Argus, proved: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARGUS_LANE", "flask")
    assert obstacles(argus) == [("*", "the setting LANE is flask")]


@pytest.mark.parametrize(("days", "stands"), [(13, True), (15, False)])
def test_what_went_back_to_flask_of_late(argus: Argus, proved: None, days: int, stands: bool) -> None:
    at = datetime.now(UTC) - timedelta(days=days)
    in_state(lambda state: state.write(Entry("profile", "owner", "fastapi", "flask", "ann", "cli", "it hung", "", at=at)))
    in_state(lambda state: state.write(Entry("profile", "owner", "flask", "fastapi", "ann", "cli", at=at + timedelta(hours=1))))
    assert obstacles(argus) == ([("profile", f"went back to Flask on {at:%Y-%m-%d} (it hung), less than 14 days ago")] if stands else [])


def test_where_flask_is_off_nothing_is_asked(argus: Argus, registry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARGUS_FLASK", "off")
    assert obstacles(argus) == []


SERVES = """
import sys
for name in ("flask", "flask_login", "a2wsgi"): sys.modules[name] = None
import asyncio
from pathlib import Path
import argus
assert Path(argus.__file__).is_relative_to(Path.cwd()), argus.__file__
import httpx
from tests.serving import serving

async def main():
    async with serving(Path("data"), FLASK=False) as server, server.client("alice") as client:
        asked = ["/api/v1/version", "/api/v1/releases", "/workspace", "/admin/api/v1/jobs", "/docs", "/openapi.json", "/no/such"]
        print([(await client.get(path)).status_code for path in asked])

asyncio.run(main())
"""


def test_what_it_calls_deletable_can_be_deleted(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    left_out = shutil.ignore_patterns("__pycache__", "node_modules", "*.sqlite*")
    for folder in ("argus", "templates", "docs"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=left_out)
    (copy / "tests" / "golden").mkdir(parents=True)
    for file in (
        "argus_backend.py",
        "argus_deduper_flask.py",
        "migration_status.yaml",
        "uwsgi.ini",
        "tests/__init__.py",
        "tests/serving.py",
        "tests/golden/actors.yaml",
    ):
        shutil.copy(ROOT / file, copy / file)
    (copy / "public").symlink_to(ROOT / "public")
    (copy / "data").mkdir()
    for file in deletable():
        (copy / file).unlink()
    left = [path for path in copy.rglob("*.py") if "from flask" in path.read_text() and path.name != "features.py"]
    assert left == []
    done = subprocess.run([sys.executable, "-c", SERVES], cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.splitlines()[-1] == "[200, 200, 200, 200, 200, 200, 404]"
