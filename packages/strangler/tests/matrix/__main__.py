"""`python -m matrix [oldest] [newest]`, from `packages/strangler/tests`: the kit's tests with the oldest and with the newest versions that
it supports, on the Python that it is run by; both, when none is named."""

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
    "opentelemetry-sdk",
    "ruff",
]
EXTRAS = "flask,remote,console,state-sqlalchemy,state-redis,metrics,otel"
LEFT_OUT = ("test_foreign_app.py", "test_uwsgi.py")  # they need httpbin and pyuwsgi
ENDS = {"oldest": ["-c", str(HERE / "oldest.txt")], "newest": ["--upgrade"]}


def main() -> int:
    """Whether the ends are green, as an exit code."""
    return max(_tried(name, ENDS[name]) for name in sys.argv[1:] or ENDS)


def _tried(name: str, options: list[str]) -> int:
    print(f"== {name}, Python {sys.version.split()[0]}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        python = Path(folder) / "bin" / "python"
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *options]
        subprocess.run([*install, f"{KIT}[{EXTRAS}]", *NEEDED], check=True)
        ignored = [part for each in LEFT_OUT for part in ("--ignore", str(KIT / "tests" / each))]
        pytest = [str(python), "-m", "pytest", "-q", "--durations=20", "--durations-min=0.5", str(KIT / "tests")]
        return subprocess.run([*pytest, *ignored], cwd=KIT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
