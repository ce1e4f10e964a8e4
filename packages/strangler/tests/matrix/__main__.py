"""`python -m matrix`, from `packages/strangler/tests`: the kit's tests with the oldest and with the newest versions that it supports."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
KIT = HERE.parents[1]
NEEDED = [
    "pytest",
    "pytest-timeout",
    "anyio",
    "httpx",
    "uvicorn[standard]",
    "a2wsgi",
    "hypothesis",
    "pyyaml",
    "zstandard",
    "grimp",
    "python-multipart",
    "itsdangerous",
]
LEFT_OUT = ("test_foreign_app.py", "test_uwsgi.py")  # they need httpbin and pyuwsgi


def main() -> int:
    """Whether both ends are green, as an exit code."""
    ends = {"oldest": ["-c", str(HERE / "oldest.txt")], "newest": ["--upgrade"]}
    return max(_tried(name, options) for name, options in ends.items())


def _tried(name: str, options: list[str]) -> int:
    print(f"== {name}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        python = Path(folder) / "bin" / "python"
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *options]
        subprocess.run([*install, f"{KIT}[flask]", *NEEDED], check=True)
        ignored = [part for each in LEFT_OUT for part in ("--ignore", str(KIT / "tests" / each))]
        return subprocess.run([str(python), "-m", "pytest", "-q", str(KIT / "tests"), *ignored], cwd=KIT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
