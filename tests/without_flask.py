"""An installation without Flask, tried whole: `python -m tests.without_flask` (`make test-noflask`).

A virtual environment gets everything that is locked but the Flask lane and what needs it; in it the recordings are played,
the published clients report, and a browser goes from the login to the page of a run. At the end start time and memory are
printed, with Flask and without.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import NamedTuple

from tests.environments import ROOT, environment
from tests.process import free_port

LEFT_OUT = ("flask", "flask-login", "a2wsgi", "flask-cors", "httpbin", "flasgger", "moto")
STEPS = {
    "recordings": ["-m", "tests.golden", "--lane", "fastapi", "--engine", "sqlite"],
    "published clients": ["-m", "pytest", "-q", "-m", "clients", "tests/clients", "-k", "fastapi"],
    "pages in a browser": ["-m", "pytest", "-q", "-m", "browser", "tests/browser/test_served.py"],
}
ROUNDS = 3
LONGEST_STEP = 1800  # seconds
LONGEST_START = 300  # seconds


def main() -> int:
    python = without_flask()
    env = {**os.environ, "ARGUS_FLASK": "off"}
    failed: list[str] = []
    for name, command in STEPS.items():
        print(f"== {name}", flush=True)
        if wrong := played([str(python), *command], env):
            failed.append(f"{name} ({wrong})")
    figures(python)
    print(f"{len(STEPS) - len(failed)} passed, {len(failed)} failed" + (f": {', '.join(failed)}" if failed else ""))
    return 1 if failed else 0


def played(command: list[str], env: dict[str, str]) -> str:
    """What is wrong with how a step ended; nothing when it is well."""
    try:
        code = subprocess.run(command, cwd=ROOT, env=env, check=False, timeout=LONGEST_STEP).returncode
    except subprocess.TimeoutExpired:
        return f"ended after {LONGEST_STEP} s"
    return f"exit code {code}" if code else ""


def without_flask() -> Path:
    """The Python of an environment without Flask."""
    python = environment("without-flask", left_out=LEFT_OUT)
    found = subprocess.run([str(python), "-c", "import flask"], capture_output=True, text=True, check=False)
    assert "No module named 'flask'" in found.stderr, "it has Flask all the same"
    return python


class Start(NamedTuple):
    """What it takes until a server answers: seconds, seconds of a processor, MB of memory."""

    seconds: float
    processor: float
    memory: float


def figures(python: Path) -> None:
    """What a start takes with Flask and without: the least of some rounds, in turns."""
    print("== start time and memory", flush=True)
    rounds = [(_started(Path(sys.executable), "on"), _started(python, "off")) for _ in range(ROUNDS)]
    with_flask, without = (Start(*map(min, zip(*each, strict=True))) for each in zip(*rounds, strict=True))
    for name, found in (("with Flask", with_flask), ("without Flask", without)):
        print(f"{name:15}{found.seconds:.2f} s  {found.processor:.2f} s of a processor  {found.memory:.0f} MB")
    ratios = [ours / theirs for ours, theirs in zip(without, with_flask, strict=True)]
    print(f"{'ratio':15}{ratios[0]:.2f}    {ratios[1]:.2f}                    {ratios[2]:.2f}")


def _started(python: Path, flask: str) -> Start:
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        env = {k: v for k, v in os.environ.items() if not k.startswith("ARGUS_")}
        env |= {"ARGUS_FLASK": flask, "ARGUS_DATA_DIR": folder, "ARGUS_STORAGE_DIR": folder, "ARGUS_JOBS_ENABLED": "false"}
        began = time.monotonic()
        command = [str(python), "-m", "argus.cli", "serve", "--port", str(port)]
        with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
            try:
                while True:
                    try:
                        urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2).close()
                        break
                    except OSError:
                        assert server.poll() is None, "the server did not start"
                        assert time.monotonic() - began < LONGEST_START, "the server does not answer"
                        time.sleep(0.02)
                seconds = time.monotonic() - began
                resident = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{server.pid}/status").read_text())
                assert resident
                fields = Path(f"/proc/{server.pid}/stat").read_text().rsplit(")", 1)[1].split()
                used = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
                return Start(seconds, used, int(resident[1]) / 1024)
            finally:
                server.terminate()


if __name__ == "__main__":
    sys.exit(main())
