"""What the page about reporting runs tells to copy works as it stands, against a server of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.docs.markdown import FENCE, ROOT
from tests.process import server

BLOCKS = {f"{language} {number}": text for number, (_, language, text) in enumerate(FENCE.findall((ROOT / "docs/clients.md").read_text()))}
JOB = "docs/examples/reported"


class Api:
    """The API of a server, as an administrator."""

    def __init__(self, origin: str, token: str) -> None:
        self.origin, self.token = origin, token
        self.test = ""  # the id of the test whose job is reported

    def __call__(self, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"token {self.token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(self.origin + path, data, headers), timeout=60) as answer:
            told = json.load(answer)
        assert told["status"] == "ok", told
        return told["response"]

    def here(self, text: str) -> str:
        """A block of the page with address, token and job of this server."""
        for example, own in {"https://argus.example.com": self.origin, "my-token": self.token, '"my/job"': f'"{JOB}"'}.items():
            assert example in text
            text = text.replace(example, own)
        return text


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    folder = tmp_path_factory.mktemp("clients")
    with server(None, f"sqlite:///{folder}/argus.sqlite", folder) as origin:
        api = Api(origin, "token-alice")
        admin = "/admin/api/v1"
        release = api(f"{admin}/release/create", {"release_name": "docs", "pretty_name": None, "perpetual": False})["new_release"]["id"]
        place = {"group_name": "examples", "pretty_name": None, "build_system_id": "docs/examples", "release_id": release}
        group = api(f"{admin}/group/create", place)["new_group"]["id"]
        names = {"test_name": "reported", "pretty_name": None, "build_id": JOB, "build_url": "https://ci/job/x/", "plugin_name": "generic"}
        api.test = api(f"{admin}/test/create", {**names, "group_id": group, "release_id": release})["new_test"]["id"]
        yield api


def reported(api: Api, number: int) -> Any:
    """The run of a build."""
    (found,) = [run for run in api(f"/api/v1/test/{api.test}/runs?limit=50") if run["build_number"] == number]
    return api(f"/api/v1/run/generic/{found['id']}")


def test_the_block_for_a_shell(api: Api, tmp_path: Path) -> None:
    subprocess.run(["sh", "-euc", api.here(BLOCKS["sh 0"])], check=True, cwd=tmp_path)
    run = reported(api, 7)
    assert (run["status"], run["scylla_version"], run["logs"]) == (
        "passed",
        "2026.1.0",
        {"console": "https://ci.example.com/job/my/job/7/console"},
    )


def test_the_block_for_python(api: Api, tmp_path: Path) -> None:
    (tmp_path / "report.py").write_text(api.here(BLOCKS["python 1"]))
    subprocess.run([sys.executable, "report.py"], check=True, cwd=tmp_path)
    run = reported(api, 8)
    assert run["status"] == "passed"


def test_the_block_for_pytest(api: Api, tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(api.here(BLOCKS["python 2"]))
    (tmp_path / "test_it.py").write_text("def test_good(): pass\n\n\ndef test_bad(): assert 1 == 2\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:schemathesis", "--rootdir", str(tmp_path)]
    assert subprocess.run(command, check=False, cwd=tmp_path, capture_output=True).returncode == 1
    run = reported(api, 9)
    assert run["status"] == "failed"
    cases = api(f"/api/v1/run/{run['id']}/pytest/results")
    assert sorted((case["name"], case["status"]) for case in cases) == [
        ("test_it.py::test_bad", "failure"),
        ("test_it.py::test_good", "passed"),
    ]
