"""`argus routes scaffold` and `argus routes replay`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Argus

ROOT = Path(__file__).parents[2]
USERS = ROOT / "tests" / "golden" / "actors.yaml"


@pytest.fixture
def har(tmp_path: Path) -> Path:
    """Two requests: one answered as Argus does, one that changes data."""

    def entry(method: str, path: str, status: int, body: Any) -> dict[str, Any]:
        return {
            "request": {"method": method, "url": f"https://argus.test{path}", "headers": []},
            "response": {
                "status": status,
                "headers": [{"name": "content-type", "value": "application/json"}],
                "content": {"text": json.dumps(body)},
            },
        }

    path = tmp_path / "recorded.har"
    entries = [
        entry("GET", "/api/v1/releases", 200, {"status": "ok", "response": []}),
        entry("POST", "/api/v1/release/create", 200, {"status": "ok"}),
    ]
    path.write_text(json.dumps({"log": {"entries": entries}}))
    return path


def test_scaffold(argus: Argus) -> None:
    result = argus("routes", "scaffold", "teams")
    assert result.exit_code == 0, result.stderr
    compile(result.stdout, "drawn", "exec")
    assert 'router = APIRouter(prefix="/api/v1' in result.stdout
    unknown = argus("routes", "scaffold", "team")
    assert unknown.exit_code == 2
    assert "teams" in unknown.stderr


def test_replay(argus: Argus, har: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARGUS_REGISTRY", str(ROOT / "migration_status.yaml"))
    assert argus("users", "import", str(USERS)).exit_code == 0
    anonymous = argus("routes", "replay", str(har), "--json")
    assert anonymous.exit_code == 1
    assert {(row["lane"], row["path"]) for row in json.loads(anonymous.stdout)} >= {("flask", "@status"), ("fastapi", "@status")}

    options = ("--header", "Authorization: token token-alice", "--ignore", "@header.*")
    result = argus("routes", "replay", str(har), *options)
    assert (result.exit_code, result.stdout) == (0, ""), result.stdout + result.stderr
    assert "1 requests that change data are left out" in result.stderr
    assert "2 answers are as they were recorded" in result.stderr

    har.write_text(har.read_text().replace('\\"response\\": []', '\\"response\\": [1]'))
    result = argus("routes", "replay", str(har), *options, "--against", "fastapi")
    assert result.exit_code == 1
    assert [line.split() for line in result.stdout.splitlines()] == [
        ["METHOD", "URL", "LANE", "PATH", "RECORDED", "NOW"],
        ["GET", "/api/v1/releases", "fastapi", "response[]#", "1", "0"],
    ]


@pytest.mark.parametrize("options", [("--against", "django"), ("--header", "nonsense")])
def test_misuse(argus: Argus, har: Path, options: tuple[str, str]) -> None:
    assert argus("routes", "replay", str(har), *options).exit_code == 2


def test_a_file_that_is_no_har(argus: Argus, tmp_path: Path) -> None:
    (tmp_path / "x.har").write_text("{}")
    result = argus("routes", "replay", "x.har")
    assert result.exit_code == 1
    assert "not a HAR" in result.stderr
