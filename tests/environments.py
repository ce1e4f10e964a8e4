"""Environments of their own, made of the locked versions below build/ and kept until the lock changes; and the Pythons of this machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"^([A-Za-z0-9._-]+)==(?:.*\n)(?:[ \t]+.*\n)*", re.MULTILINE)
SAID = "import sys; print(*sys.version_info[:2], sys.version_info.releaselevel)"


def environment(name: str, python: str = sys.executable, left_out: Collection[str] = ()) -> Path:
    """The Python of an environment with everything that is locked, and the project as it stands.

    Args:
        name: of its folder below build/.
        python: what it is made with.
        left_out: packages that it lacks, by their names in the lock.
    """
    place = ROOT / "build" / name
    made = place / "bin" / "python"
    lock = "".join(block[0] for block in BLOCK.finditer((ROOT / "requirements-dev.lock").read_text()) if block[1].lower() not in left_out)
    kept = place / "requirements.lock"
    if not kept.is_file() or kept.read_text() != lock:
        shutil.rmtree(place, ignore_errors=True)
        subprocess.run([python, "-m", "venv", str(place)], check=True)
        pip = [str(made), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        (place / "wanted.lock").write_text(lock)
        subprocess.run([*pip, "--require-hashes", "-r", str(place / "wanted.lock")], check=True)
        subprocess.run([*pip, "--no-build-isolation", "-e", str(ROOT / "packages/strangler"), "-e", str(ROOT)], check=True)
        (place / "wanted.lock").rename(kept)
    return made


def newer_python() -> str:
    """The newest released Python of this machine; nothing when it is not newer than this one."""
    found = max(_pythons(), default=((0, 0), ""))
    return found[1] if found[0] > sys.version_info[:2] else ""


def _pythons() -> Iterator[tuple[tuple[int, int], str]]:
    """Version and path of each, in the folders of PATH and among those of pyenv."""
    folders = [Path(folder) for folder in os.get_exec_path()]
    folders += sorted(Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")).glob("versions/3.*/bin"))
    for folder in folders:
        for path in folder.glob("python3.[1-9][0-9]"):
            told = subprocess.run([path, "-c", SAID], capture_output=True, text=True, check=False, timeout=30).stdout.split()
            if len(told) == 3 and told[2] == "final":
                yield (int(told[0]), int(told[1])), str(path)
