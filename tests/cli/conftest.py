"""A shell for the tests: the command in this process, in an empty folder, with nothing of this machine's environment."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from argus.cli.app import app
from argus.cli.stores import open_configured
from argus.cli.terminal import run as finish
from argus.web.gateway_state import StoredState

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


def in_state(work: Callable[[StoredState], Any]) -> Any:
    """What `work` gives of the state that the settings' store holds, as another process would see it."""

    async def doing() -> Any:
        async with open_configured() as store:

            async def opened():  # type: ignore[no-untyped-def]
                return store

            return await work(StoredState(opened))

    return finish(doing())
