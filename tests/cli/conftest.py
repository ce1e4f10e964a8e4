"""A shell for the tests: the command in this process, in an empty folder, with nothing of this machine's environment."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from argus.cli.app import app

Argus = Callable[..., Result]


@pytest.fixture
def argus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Argus:
    """`argus("users", "list")` → exit code, stdout, stderr; the database is `tmp_path / "argus.sqlite"`."""
    for name in [name for name in os.environ if name.startswith("ARGUS_")]:
        monkeypatch.delenv(name)
    for name in ("ARGUS_CONFIG", "ARGUS_REGISTRY", "ARGUS_LANE"):
        monkeypatch.delenv(name, raising=False)  # noted as absent, whatever the command sets
    monkeypatch.setenv("ARGUS_STORAGE", f"sqlite:///{tmp_path / 'argus.sqlite'}")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, input: str | None = None) -> Result:
        result = CliRunner().invoke(app, list(arguments), input=input, prog_name="argus")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run
