"""The published clients in a virtualenv of their own: their package is called `argus` as well."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.deploy.nginx import needs_nginx, nginx
from tests.process import ROOT, server

LOCK = Path(__file__).with_name("requirements.lock")


@pytest.fixture(scope="session")
def clients() -> Path:
    """The python of the clients' virtualenv, made once for this lock below `.venv`."""
    digest = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]
    folder = ROOT / ".venv" / f"clients-{digest}"
    python = folder / "bin" / "python"
    done = folder / "installed"
    if not done.exists():
        venv.create(folder, with_pip=True, clear=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", str(LOCK)]
        subprocess.run(install, check=True, stdout=sys.stderr)
        done.touch()
    return python


@pytest.fixture(scope="module", params=["flask", "fastapi", pytest.param("nginx", marks=needs_nginx)])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running server, everything from one lane; or as the registry says, behind nginx."""
    folder, behind = tmp_path_factory.mktemp(request.param), request.param == "nginx"
    with server(None if behind else request.param, f"sqlite:///{folder}/argus.sqlite", folder) as address:
        if not behind:
            yield address
            return
        with nginx(folder / "nginx", urlsplit(address).port or 0) as front:
            yield front
