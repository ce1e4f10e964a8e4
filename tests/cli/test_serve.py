"""`argus serve`: starts without any preparation, says where it is, leaves cleanly."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

REGISTRY = """\
version: 1
blueprints:
  auth:
    owner: fastapi
    routes:
      - {path: "/auth/login", methods: [GET, POST]}
unlisted: flask
"""
ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "registry.yaml").write_text(REGISTRY)
    return tmp_path


def start(folder: Path, *options: str) -> subprocess.Popen[str]:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("ARGUS_") and name != "PROMETHEUS_MULTIPROC_DIR"
    }
    environment |= {
        "PYTHONPATH": str(ROOT),
        "ARGUS_STORAGE": "sqlite:///argus.sqlite",
        "ARGUS_REGISTRY": "registry.yaml",
        "ARGUS_DRAIN_SECONDS": "0.1",
    }
    return subprocess.Popen(
        [sys.executable, "-c", "from argus.cli import main; main()", "serve", *options],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def served(folder: Path, *options: str) -> Iterator[tuple[str, list[str], subprocess.Popen[str]]]:
    """URL and what was printed before it, of a server that is ended at the end."""
    process = start(folder, "--port", "0", *options)
    try:
        assert process.stdout is not None
        said: list[str] = []
        for line in process.stdout:
            said.append(line.strip())
            if found := re.fullmatch(r"Argus at (http://127\.0\.0\.1:\d+/)", said[-1]):
                yield found[1], said[:-1], process
                break
        else:
            raise AssertionError(f"it ended: {process.communicate()[1]}")
    finally:
        process.kill()
        process.communicate()


def test_first_start_makes_a_database_and_a_user_once(folder: Path) -> None:
    with served(folder, "--first-admin") as (url, said, process):
        assert len(said) == 1
        told = re.fullmatch(r"First user: admin, password: (\S+)", said[0])
        assert told
        login = {"username": "admin", "password": told[1]}
        with httpx.Client(base_url=url, timeout=30) as browser:
            answer = browser.post("auth/login", data=login)
            assert (answer.status_code, answer.headers["location"], answer.headers["x-argus-lane"]) == (302, "/", "fastapi")
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    with served(folder, "--first-admin") as (_, said, _process):
        assert said == [], "there is a user already"


def test_several_workers_share_one_address_and_end_together(folder: Path) -> None:
    with served(folder, "--workers", "2", "--lane", "flask") as (url, _, process):
        answer = httpx.get(f"{url}auth/login", timeout=60)
        assert (answer.status_code, answer.headers["x-argus-lane"]) == (200, "flask"), "whatever the registry says"
        assert (folder / "var" / "metrics").is_dir()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def test_what_is_wrong_is_said_in_one_line(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        busy = start(folder, "--port", str(port))
        assert busy.communicate(timeout=60) == ("", f"Error: cannot listen on 127.0.0.1:{port}: Address already in use\n")
        assert busy.returncode == 1
    (folder / "registry.yaml").write_text(REGISTRY.replace("owner: fastapi", "owner: django"))
    wrong = start(folder, "--port", "0")
    said, error = wrong.communicate(timeout=60)
    assert (wrong.returncode, said, error.count("\n")) == (1, "", 1)
    assert error.startswith("Error: registry.yaml: line 4: ")


@pytest.mark.parametrize("entry", [["-m", "argus.cli", "serve", "--port", "0"], ["-c", "import argus_backend"]])
@pytest.mark.parametrize("setting", [{"ARGUS_SECRET_KEY": "short"}, {"ARGUS_SECRET_KEY": "MUSTBEUNIQUE"}, {}])
def test_no_server_starts_with_a_key_that_can_be_guessed(folder: Path, entry: list[str], setting: dict[str, str]) -> None:
    """Both ways in: the command, and the module that uvicorn and uWSGI import."""
    if not setting:
        (folder / "var").mkdir()
        (folder / "var" / "secret_key").touch()
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "ARGUS_REGISTRY": "registry.yaml", **setting}
    ended = subprocess.run([sys.executable, *entry], cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert ("SECRET_KEY " if setting else "var/secret_key is empty") in ended.stderr.splitlines()[-1]
