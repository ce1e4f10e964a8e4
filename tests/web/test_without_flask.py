"""Phase 4: with FLASK off everything is FastAPI's, nothing of Flask is loaded, and what needs Flask says so."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yaml

from tests.serving import ROOT, Server, serving

GONE = ("flask", "flask_login", "a2wsgi")
LOADED = ("flask", "flask_login")  # uvicorn itself looks for a2wsgi
STARTS = """
import sys
{block}
from pathlib import Path
from argus.kit.settings import load_settings
from argus.web.app import create_gateway
app = create_gateway(load_settings(SECRET_KEY="of-tests-0123456789", FLASK={flask}, DATA_DIR=Path({folder!r})))
print(sorted(name for name in sys.modules if name.partition(".")[0] in {loaded!r}))
"""
BLOCKED = "for name in {gone!r}: sys.modules[name] = None"


def started(folder: Path, flask: bool, installed: bool = True) -> subprocess.CompletedProcess[str]:
    block = "" if installed else BLOCKED.format(gone=GONE)
    code = STARTS.format(block=block, flask=flask, folder=str(folder), loaded=LOADED)
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)


def test_nothing_of_flask_is_loaded(tmp_path: Path) -> None:
    done = started(tmp_path, flask=False)
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr
    assert "flask" in started(tmp_path, flask=True).stdout, "with it, it is"


def test_it_starts_where_flask_is_not_installed(tmp_path: Path) -> None:
    done = started(tmp_path, flask=False, installed=False)
    assert done.returncode == 0, done.stderr


def test_a_lane_that_is_wanted_and_not_installed_is_named(tmp_path: Path) -> None:
    done = started(tmp_path, flask=True, installed=False)
    assert "install Argus with its extra `flask`, or set FLASK: off" in done.stderr


def test_the_kill_switch_is_refused_with_a_reason() -> None:
    code = "import os; os.environ['ARGUS_FLASK'] = 'off'; import argus_backend; argus_backend.flask_app"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "FLASK is off: there is no Flask application that could be served alone" in done.stderr


@pytest.mark.parametrize(("before", "there"), [("", False), ("import types; sys.modules['uwsgi'] = types.ModuleType('uwsgi'); ", True)])
def test_uwsgi_finds_the_kill_switch_where_it_looks(before: str, there: bool) -> None:
    """It reads the names that a module has, and asks it for none; under other servers nothing is made that nobody asked for."""
    code = f"import sys; {before}import argus_backend; print('flask_app' in vars(argus_backend))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"{there}\n"), done.stderr


@pytest.fixture
async def alone(tmp_path: Path) -> AsyncIterator[Server]:
    async with serving(tmp_path, FLASK=False) as running:
        yield running


@pytest.mark.anyio
async def test_every_route_of_the_contract_is_answered_by_fastapi(alone: Server) -> None:
    routes = yaml.safe_load((ROOT / "docs/contract/routes.yaml").read_text())["routes"]
    async with alone.client("alice") as client:
        for route in routes:
            path = re.sub(r"<[^>]*>", "11111111-1111-4111-8111-111111111111", route["path"])
            for method in route["methods"]:
                answer = await client.request(method, path, json={} if method != "GET" else None)
                assert answer.headers["x-argus-lane"] == "fastapi", route
                assert answer.status_code not in (404, 405) or "text/html" in answer.headers["content-type"] or answer.content, route


@pytest.mark.anyio
async def test_what_there_is_not_is_told_by_fastapi_too(alone: Server) -> None:
    async with alone.client("alice") as client:
        missing, wrong = await client.get("/no/such"), await client.delete("/api/v1/version")
        page = await client.get("/workspace")
    assert (missing.status_code, wrong.status_code, page.status_code) == (404, 405, 200)
    assert {answer.headers["x-argus-lane"] for answer in (missing, wrong, page)} == {"fastapi"}
