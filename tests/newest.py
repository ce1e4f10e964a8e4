"""Argus on the newest Python of this machine: `python -m tests.newest [arguments of pytest]`.

Without arguments a part that takes a minute: every module is imported, the tests of the kit and the models run, and a few routes
are asked on each lane. The environment is kept below build/.
"""

from __future__ import annotations

import subprocess
import sys

from tests.environments import ROOT, environment, newer_python

PART = ("tests/test_imports.py", "tests/kit", "tests/models", "tests/lanes", "tests/features/tracker/client")


def main() -> int:
    found = newer_python()
    if not found:
        print(f"this is the newest Python here: {sys.version}")
        return 0
    python = environment("python-newest", found)
    subprocess.run([str(python), "-V"], check=True)
    arguments = sys.argv[1:] or ["--durations=20", "--durations-min=0.5", *PART]
    return subprocess.run([str(python), "-m", "pytest", "-q", *arguments], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
