"""Other people's applications in an environment of their own, which has nothing of the rest of this repository: alone under gunicorn, and
behind the kit."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx

from support.server import free_port

KIT = Path(__file__).parents[2]
APPS = Path(__file__).parent / "apps"
SERVERS = ("gunicorn>=23", "uvicorn>=0.34")
PER_RUN = re.compile(r'(name="csrf_token"[^>]*value=")[^"]+|("(?:uid|hash|end_id)": *")[^"]+|(\?v=|\?m=)[\w.]+|(nonce=")[^"]+')
PER_ANSWER = frozenset(
    ["date", "server", "connection", "keep-alive", "transfer-encoding", "content-length", "set-cookie", "x-lane-lane", "x-lane-table"]
)


def environment(folder: Path, *packages: str) -> Path:
    """A virtual environment with the kit, the servers and some packages from the registry; its Python."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*install, f"{KIT}[flask]", *SERVERS, *packages], check=True)
    return python


@contextlib.contextmanager
def running(python: Path, folder: Path, *command: str) -> Iterator[str]:
    """The address of a server, which ends with the block. `PORT` in the command stands for its port."""
    port = free_port()
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "ARGUS"))}
    environ |= {"PYTHONPATH": str(APPS), "KIT_FOLDER": str(folder), "TMPDIR": str(folder), "PYTHONHASHSEED": "0"}
    said = [part.replace("PORT", str(port)) for part in command]
    with (folder / "log").open("ab") as log:
        server = subprocess.Popen([str(python), "-m", *said], cwd=folder, env=environ, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + 60
        while True:
            assert server.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < end, (folder / "log").read_text()
            with contextlib.suppress(httpx.TransportError):
                httpx.get(url)
                break
            time.sleep(0.1)
        yield url
    finally:
        server.terminate()
        server.wait(30)


def alone(python: Path, folder: Path, module: str) -> contextlib.AbstractContextManager[str]:
    """The application as its people run it."""
    return running(python, folder, "gunicorn", "--bind", "127.0.0.1:PORT", "--threads", "8", f"{module}:flask_app")


def behind(python: Path, folder: Path, module: str) -> contextlib.AbstractContextManager[str]:
    """The application behind the kit."""
    return running(python, folder, "uvicorn", "--port", "PORT", "--log-level", "warning", f"{module}:app")


def seen(answer: httpx.Response) -> tuple[int, str, dict[str, str]]:
    """What must be alike in two runs of one application."""
    text = PER_RUN.sub(lambda found: next(filter(None, found.groups()), ""), answer.text)
    host = f"{answer.request.url.host}:{answer.request.url.port}"
    headers = {name: value for name, value in answer.headers.items() if name not in PER_ANSWER}
    if "allow" in headers:
        headers["allow"] = ", ".join(sorted(headers["allow"].split(", ")))  # Flask's own order changes from process to process
    return answer.status_code, text.replace(host, "HOST"), {name: value.replace(host, "HOST") for name, value in headers.items()}


def of_people(step: tuple[int, str, dict[str, str]]) -> tuple[object, ...]:
    """What people and browsers act on of what was `seen`: a redirect's text is nobody's."""
    status, text, headers = step
    return status, text if status < 300 else "", headers.get("location"), headers.get("x-frame-options")


def for_a_while(step: Callable[[], str], seconds: float = 9) -> list[str]:
    """What went wrong while something was done again and again; a step says nothing where it went well."""
    end = time.monotonic() + seconds
    wrong: list[str] = []
    while time.monotonic() < end:
        wrong += filter(None, [step()])
    return wrong


def note_kept(client: httpx.Client, path: str, who: str, lanes: set[str]) -> str:
    """Look at the page of somebody's note and send its form: what is wrong, of login, CSRF or flash. Notes the lane of the page."""
    page = client.get(path)
    lanes.add(page.headers["x-lane-lane"])
    if page.status_code != 200 or not page.text.startswith(f"{who}: "):
        return f"{page.status_code} {page.text[:80]}"
    kept = client.post(path, data={"note": "n", "csrf_token": token_in(page.text)}, follow_redirects=True)
    return "" if kept.status_code == 200 and "kept" in kept.text else f"POST {kept.status_code} {kept.text[:80]}"


def token_in(page: str) -> str:
    """The CSRF token of a form."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found is not None, page[:500]
    return found[1]


def flipped(registry: Path, name: str, load: Callable[[], list[str]], times: int = 20) -> list[str]:
    """What went wrong under a load while a blueprint changed its owner some times."""
    from concurrent.futures import ThreadPoolExecutor

    from strangler import edit

    with ThreadPoolExecutor(4) as pool:
        loads = [pool.submit(load) for _ in range(4)]
        for number in range(times):
            owner = "fastapi" if number % 2 == 0 else "flask"
            edit.write(registry, edit.set_owner(registry.read_text(), owner, name))  # type: ignore[arg-type]
            time.sleep(0.4)
        return [wrong for each in loads for wrong in each.result()]
