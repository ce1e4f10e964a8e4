"""Programs are started with the Python that has our packages, also where a WSGI server runs us."""

from __future__ import annotations

import subprocess
import sys

import pytest

from argus.kit.interpreter import interpreter


@pytest.mark.parametrize("told", [sys.executable, f"{sys.base_prefix}/bin/python3", "/usr/bin/uwsgi", ""])
def test_whatever_the_server_says_it_has_the_packages(monkeypatch: pytest.MonkeyPatch, told: str) -> None:
    monkeypatch.setattr(sys, "executable", told)
    found = interpreter()
    assert found.startswith(sys.prefix)
    assert subprocess.run([found, "-c", "import sqlalchemy"], check=False).returncode == 0
