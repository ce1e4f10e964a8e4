"""Replay every recording against a server of our own: both lanes, each engine.

    python -m tests.golden [--lane flask|fastapi] [--engine sqlite|cassandra] [scenario folder or file …]

Cassandra is left out, and the run says so, where Java 17 or Maven are missing.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LANES = ("flask", "fastapi")
ENGINES = ("sqlite", "cassandra")
PATIENCE = 60.0  # seconds for a server to come up


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(folder: Path, storage: str, mail_port: int) -> dict[str, str]:
    """What the recordings need of a server (README.md)."""
    closed = "127.0.0.1:9"
    return {
        **{k: v for k, v in os.environ.items() if not k.startswith("ARGUS_")},
        "ARGUS_STORAGE": storage,
        "ARGUS_DATA_DIR": str(folder),
        "ARGUS_STORAGE_DIR": str(folder / "storage"),
        "ARGUS_GITHUB_ENABLED": "false",
        "ARGUS_JIRA_ENABLED": "false",
        "ARGUS_JIRA_SERVER": "http://127.0.0.1:9",
        "ARGUS_JENKINS_URL": f"http://{closed}",
        "ARGUS_JENKINS_USER": "jenkins",
        "ARGUS_JENKINS_API_TOKEN": "token",
        "ARGUS_ZEUS_HOST": closed,
        "ARGUS_ZEUS_TOKEN": "zeus",
        "ARGUS_EMAIL_SENDER": "argus@example.com",
        "ARGUS_EMAIL_SENDER_USER": "argus",
        "ARGUS_EMAIL_SENDER_PASS": "argus",
        "ARGUS_EMAIL_SERVER": "localhost",
        "ARGUS_EMAIL_SERVER_PORT": str(mail_port),
        "ARGUS_EMAIL_STARTTLS": "false",
        "ARGUS_EMAIL_LOGIN": "false",
    }


@contextmanager
def process(*command: str, env: dict[str, str] | None = None, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output, subprocess.Popen(command, env=env, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT) as running:
        try:
            yield running
        finally:
            running.terminate()
            try:
                running.wait(15)
            except subprocess.TimeoutExpired:
                running.kill()


def wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise SystemExit(f"the server did not come up:\n{log.read_text()[-4000:]}")


@contextmanager
def server(lane: str, storage: str, folder: Path) -> Iterator[str]:
    """A running server with the actors in its database; its address."""
    argus = [sys.executable, "-m", "argus.cli"]
    mail_port, port = free_port(), free_port()
    env = environment(folder, storage, mail_port)
    if storage.startswith("cql://"):
        subprocess.run([*argus, "db", "sync"], env=env, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    subprocess.run([*argus, "users", "import", str(HERE / "actors.yaml")], env=env, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    log = folder / "server.log"
    with (
        process(sys.executable, str(HERE / "mail_sink.py"), str(mail_port), log=folder / "mail.log"),
        process(*argus, "serve", "--port", str(port), "--lane", lane, env=env, log=log) as running,
    ):
        url = f"http://127.0.0.1:{port}"
        wait_for(f"{url}/readyz", running, log)
        yield url


@contextmanager
def storage_of(engine: str, folder: Path) -> Iterator[str | None]:
    """A fresh, empty database; None where the engine cannot be had."""
    if engine == "sqlite":
        yield f"sqlite:///{folder}/argus.sqlite"
        return
    from tests.cassandra_node import fresh_keyspace

    with fresh_keyspace() as url:
        yield url


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lane", choices=LANES, action="append")
    parser.add_argument("--engine", choices=ENGINES, action="append")
    parser.add_argument("scenarios", nargs="*", default=[])
    args = parser.parse_args()
    failed: list[str] = []
    for engine in args.engine or ENGINES:
        for lane in args.lane or LANES:
            with tempfile.TemporaryDirectory() as name, storage_of(engine, Path(name)) as storage:
                if storage is None:
                    print(f"== {engine}: left out, there is no Cassandra to be had here")
                    continue
                print(f"== {engine}, {lane} lane", flush=True)
                with server(lane, storage, Path(name)) as url:
                    replay = [sys.executable, str(HERE / "golden.py"), "replay", url, *args.scenarios]
                    if subprocess.run(replay, check=False).returncode:
                        failed.append(f"{engine}/{lane}")
    print(f"differences on: {', '.join(failed)}" if failed else "everything equals the recordings")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
