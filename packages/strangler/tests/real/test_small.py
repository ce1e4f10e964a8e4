"""What the kit brings along, installed by itself where nothing is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.real

KIT = Path(__file__).parents[2]
MOST_PACKAGES, MOST_BYTES = 25, 30_000_000


def test_the_kit_brings_few_packages_and_no_flask(tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(bare)], check=True)
    target = bare / "lib"
    before = sum(file.stat().st_size for file in target.rglob("*") if file.is_file())
    pip = [sys.executable, "-m", "pip", "--python", str(bare / "bin" / "python"), "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--quiet", "--no-compile", str(KIT)], check=True)
    listed = json.loads(subprocess.run([*pip, "list", "--format=json"], check=True, capture_output=True, text=True).stdout)
    names = {each["name"].lower() for each in listed}
    assert len(names) <= MOST_PACKAGES, names
    assert "flask" not in names
    assert sum(file.stat().st_size for file in target.rglob("*") if file.is_file()) - before <= MOST_BYTES
    subprocess.run([str(bare / "bin" / "python"), "-c", "import strangler"], check=True)
