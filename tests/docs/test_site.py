"""The documentation builds as a site, strictly: no page links to nothing, no docstring of the reference is malformed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.markdown import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_the_site_is_built_and_complete(tmp_path: Path) -> None:
    command = [sys.executable, "docs/site/build.py", str(tmp_path)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr[-3000:]
    home = (tmp_path / "index.html").read_text()
    assert "Argus" in home
    assert (tmp_path / "docs/contract/conventions.html").is_file()
    assert "Gateway" in (tmp_path / "reference/strangler.html").read_text()
    assert "release_statistics" in (tmp_path / "reference/services.html").read_text()
    assert not [page for page in tmp_path.rglob("*.html") if 'src="http' in page.read_text()]  # nothing is fetched from elsewhere
