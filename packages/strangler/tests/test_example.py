"""`examples/library`, run as its README says."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from support.server import free_port

EXAMPLE = Path(__file__).parents[1] / "examples" / "library"
LANE = "x-library-lane"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy whose registry may be edited."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "library", ignore=shutil.ignore_patterns("__pycache__")))


@contextlib.contextmanager
def _running(folder: Path, *command: str) -> Iterator[httpx.Client]:
    port = free_port()
    environment = {**os.environ, "PYTHONPATH": str(EXAMPLE.parents[1])}
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", *command, "--port", str(port)], cwd=folder, env=environment, stdout=log, stderr=log
        )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
            end = time.monotonic() + 90
            while True:
                assert server.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < end
                with contextlib.suppress(httpx.TransportError):
                    client.get("/books/")
                    break
                time.sleep(0.05)
            yield client
    finally:
        server.kill()
        server.wait()


def _library(client: httpx.Client) -> list[tuple[int, object]]:
    """What a visit sees, whoever serves it."""
    asked = [
        client.get("/books/"),
        client.get("/books/2"),
        client.get("/books/9"),
        client.post("/books/2/reader", json={"reader": "ann"}),
        client.post("/books/2/reader", json={"reader": "ben"}),
        client.post("/books/9/reader", json={"reader": "ben"}),
    ]
    return [(answer.status_code, answer.json()) for answer in asked] + [(200, client.get("/reports/books.csv").text)]


def _lane_of(client: httpx.Client, path: str, wanted: str) -> None:
    end = time.monotonic() + 20
    while client.get(path).headers[LANE] != wanted:
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_blueprint_moves_by_an_edit_and_a_bad_edit_changes_nothing(copy: Path) -> None:
    registry = copy / "registry.yaml"
    text = registry.read_text()
    with _running(copy, "uvicorn", "library:app") as client:
        assert client.get("/books/").headers[LANE] == "flask"
        assert client.get("/books/2").headers[LANE] == "fastapi"
        _library(client)  # afterwards ann has the book
        before = _library(client)
        assert [status for status, _ in before] == [200, 200, 404, 200, 409, 404, 200]

        registry.write_text(text.replace("owner: flask", "owner: fastapi", 1))
        _lane_of(client, "/books/", "fastapi")
        assert _library(client) == before
        assert client.get("/reports/books.csv").headers[LANE] == "flask"

        registry.write_text(text.replace("owner: flask", "owner: flsk", 1))
        end = time.monotonic() + 20
        while "line 5" not in (copy / "log").read_text():
            assert time.monotonic() < end
            time.sleep(0.05)
        assert client.get("/books/").headers[LANE] == "fastapi"

        registry.write_text(text)
        _lane_of(client, "/books/", "flask")


def test_the_console_moves_it_by_clicking(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIBRARY_PASSWORD", "secret")
    with _running(copy, "uvicorn", "library:app") as client:
        for wrong in (None, ("ann", "guess")):
            refused = client.get("/migration/", auth=wrong)
            assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Basic")
        client.auth = ("ann", "secret")
        assert "console.js" in client.get("/migration/").text
        books = client.get("/migration/state").json()["response"]["blueprints"][0]
        assert books["routes"] == {"total": 3, "flask": 2, "fastapi": 1}
        order = {"blueprint": "books", "seen": books["seen"], "percent": 100, "why": "by clicking"}
        assert client.post("/migration/canary", json=order, headers={"origin": "http://evil.test"}).status_code == 403
        assert client.post("/migration/canary", json=order).status_code == 200
        assert client.get("/books/").headers[LANE] == "fastapi"
        (entry,) = client.get("/migration/journal", params={"blueprint": "books"}).json()["response"]
        assert (entry["who"], entry["why"]) == ("ann", "by clicking")


def test_nobody_uses_a_console_without_a_password(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIBRARY_PASSWORD", raising=False)
    with _running(copy, "uvicorn", "library:app") as client:
        assert client.get("/migration/state", auth=("ann", "")).status_code == 401


def test_the_flask_half_serves_alone(copy: Path) -> None:
    with _running(copy, "flask", "--app", "library:flask_app", "run") as client:
        answers = _library(client)
        assert [status for status, _ in answers] == [200, 200, 404, 200, 409, 404, 200]
        assert LANE not in client.get("/books/").headers


def test_registry_and_code_agree(copy: Path) -> None:
    script = (
        "from pathlib import Path; import legacy, modern; from strangler import check, registry; "
        "found = check.problems(registry.read(Path('registry.yaml')), legacy.create_app().url_map, modern.create_app()); "
        "print(*found, sep='\\n')"
    )
    environment = {**os.environ, "PYTHONPATH": str(EXAMPLE.parents[1])}
    ran = subprocess.run([sys.executable, "-c", script], cwd=copy, env=environment, capture_output=True, text=True, check=True)
    assert ran.stdout == "line 13: GET /reports/books.csv: FastAPI does not have it\n"
