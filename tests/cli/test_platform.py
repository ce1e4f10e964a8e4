"""`argus login|documents|jobs|api-keys` against a running server, as somebody would use them one after another."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.cli.test_serve import ROOT, served
from tests.features.artefacts import making

pytestmark = pytest.mark.timeout(300)


@dataclass
class Shell:
    """A terminal of somebody who has logged in to a server."""

    folder: Path
    url: str

    def run(self, *arguments: str, code: int = 0, said: str = "") -> str:
        """What a command prints, given that it ends as expected."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ARGUS_")}
        environment |= {"PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": str(self.folder / "config"), "ARGUS_DATA_DIR": str(self.folder)}
        command = [sys.executable, "-c", "from argus.cli import main; main()", *arguments]
        done = subprocess.run(
            command, cwd=self.folder, env=environment, input=said, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == code, done.stderr
        return (done.stdout if code == 0 else done.stderr).strip()


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    folder = tmp_path_factory.mktemp("commands")
    (folder / "registry.yaml").write_text((ROOT / "migration_status.yaml").read_text())
    with served(folder, "--first-admin") as (url, said, _):
        password = next(line for line in said if line.startswith("First user")).rpartition(" ")[2]
        with httpx.Client(base_url=url, timeout=60) as client:
            token = client.post("auth/token", data={"username": "admin", "password": password}).json()["access_token"]
            client.headers["Authorization"] = f"Bearer {token}"
            made = client.post("auth/api-keys", json={"label": "terminal", "scopes": ["*"]})
            assert client.post("workspaces", json={"name": "mine"}).status_code == 201
        shell = Shell(folder, url)
        assert shell.run("login", "--server", url, said=f"{made.json()['api_key']}\n") == f"admin at {url}"
        yield shell


def test_a_document_from_the_terminal_to_its_tables(shell: Shell) -> None:
    file = shell.folder / "latency.pdf"
    file.write_bytes(making.two_tables())
    document = shell.run("documents", "upload", str(file), "--type", "report")
    assert shell.run("documents", "upload", str(file)) == document, "it was there already"
    assert [each["document_id"] for each in json.loads(shell.run("documents", "list", "--json"))] == [document]
    assert "latency.pdf" in shell.run("documents", "list")
    assert json.loads(shell.run("documents", "get", document))["byte_size"] == file.stat().st_size
    shell.run("documents", "get", document, "--output", "copy.pdf")
    assert (shell.folder / "copy.pdf").read_bytes() == file.read_bytes()
    job = shell.run("jobs", "submit", document)
    assert shell.run("jobs", "wait", job) == "2 tables, 5 rows"
    assert "Write latencies" in shell.run("jobs", "tables", job)
    assert json.loads(shell.run("queue", "list", "--json", "--state", "done")) != []


def test_what_is_refused_is_said_in_one_line(shell: Shell) -> None:
    for arguments in (
        ("documents", "get", "01JZ3N9M0V6Q3W8K1T5B7C2D4E"),
        ("jobs", "submit", "01JZ3N9M0V6Q3W8K1T5B7C2D4E"),
        ("api-keys", "create", "another", "--scope", "documents:read"),  # with a key nobody makes keys
        ("documents", "list", "--server", "http://127.0.0.1:9"),
        ("queue", "requeue", "01JZ3N9M0V6Q3W8K1T5B7C2D4E"),
    ):
        told = shell.run(*arguments, code=1)
        assert told.startswith("Error: "), told
        assert "\n" not in told, told


def test_a_key_that_is_revoked_lets_nobody_in(shell: Shell) -> None:
    [key] = json.loads(shell.run("api-keys", "list", "--json"))
    assert key["label"] == "terminal"
    shell.run("api-keys", "revoke", key["api_key_id"])
    assert "401" in shell.run("documents", "list", code=1) or "credential" in shell.run("documents", "list", code=1)
