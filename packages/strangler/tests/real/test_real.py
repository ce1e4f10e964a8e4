"""Other people's applications behave behind the kit as they do alone, keep login, CSRF and flashes on a moved route, and are moved back and
forth under load without one failed request."""

from __future__ import annotations

import time
from pathlib import Path

import httpx
import pytest

from real.harness import alone, behind, environment, flipped, for_a_while, note_kept, of_people, seen, token_in

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]

LOGINS = ("flask-login==0.6.3", "flask-wtf==1.2.2", "flask-session==0.8.0", "cachelib", "flask-admin==1.6.1", "python-multipart")
NOTE = """\
version: 1
blueprints:
  note:
    owner: flask
    routes:
      - {path: /note, methods: [GET, POST]}
unlisted: flask
"""
ALIVE = NOTE.replace("note", "alive").replace("[GET, POST]", "[GET]")


def _folder(tmp_path: Path, registry: str) -> Path:
    (tmp_path / "registry.yaml").write_text(registry)
    return tmp_path


def _logged_in(url: str, name: str) -> httpx.Client:
    client = httpx.Client(base_url=url, follow_redirects=True, timeout=20)
    page = client.get("/login").text
    assert client.post("/login", data={"name": name, "csrf_token": token_in(page)}).status_code == 200
    return client


def _visit(url: str) -> list[tuple[int, str, dict[str, str]]]:
    """What somebody sees of the logins' application, from the first page to the logout."""
    client = httpx.Client(base_url=url, timeout=20)
    steps: list[httpx.Response] = [client.get("/note"), client.get("/login")]
    token = token_in(steps[-1].text)
    steps.append(client.post("/login", data={"name": "ann"}))
    steps.append(client.post("/login", data={"name": "ann", "csrf_token": token}))
    steps.append(client.get("/note"))
    token = token_in(steps[-1].text)
    steps.append(client.post("/note", data={"note": "stolen"}))
    steps.append(client.post("/note", data={"note": "kept: ä", "csrf_token": token}))
    steps += [client.get("/note"), client.get("/note"), client.get("/admin/reports/"), client.get("/nothing"), client.put("/note")]
    steps += [client.get("/logout"), client.get("/note")]
    return [seen(step) for step in steps]


@pytest.fixture(scope="module")
def logins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return environment(tmp_path_factory.mktemp("logins"), *LOGINS)


def test_login_csrf_session_and_flash_are_the_same_alone_behind_the_kit_and_moved(logins: Path, tmp_path: Path) -> None:
    folder = _folder(tmp_path, NOTE)
    with alone(logins, folder, "logins") as url:
        expected = _visit(url)
    with behind(logins, folder, "logins") as url:
        assert _visit(url) == expected
        (folder / "registry.yaml").write_text(NOTE.replace("owner: flask", "owner: fastapi"))
        end = time.monotonic() + 10
        while httpx.get(f"{url}/note").headers["x-lane-lane"] != "fastapi":
            assert time.monotonic() < end
        assert [*map(of_people, _visit(url))] == [*map(of_people, expected)]


def test_twenty_flips_under_load_lose_no_request_and_no_login(logins: Path, tmp_path: Path) -> None:
    folder = _folder(tmp_path, NOTE)
    lanes: set[str] = set()
    with behind(logins, folder, "logins") as url:

        def load() -> list[str]:
            client = _logged_in(url, "ben")
            return for_a_while(lambda: note_kept(client, "/note", "ben", lanes))

        assert flipped(folder / "registry.yaml", "note", load) == []
    assert lanes == {"flask", "fastapi"}


def test_dash_is_the_same_alone_and_behind_the_kit_and_a_route_beside_it_moves(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    python, folder = environment(tmp_path_factory.mktemp("dash"), "dash>=3,<5"), _folder(tmp_path, ALIVE)

    def visit(url: str) -> list[object]:
        client = httpx.Client(base_url=url, timeout=30)
        index = client.get("/")
        assets = [part.split('"')[0] for part in index.text.split('src="')[1:]][:5]
        told = {"output": "out.children", "inputs": [{"id": "in", "property": "value", "value": "abc"}], "changedPropIds": ["in.value"]}
        told["outputs"] = {"id": "out", "property": "children"}  # type: ignore[assignment]
        steps = [index, client.get("/_dash-layout"), client.get("/_dash-dependencies"), client.post("/_dash-update-component", json=told)]
        steps += [client.get("/alive"), client.get("/any/path"), client.post("/_dash-layout"), *(client.get(path) for path in assets)]
        return [seen(step)[:2] for step in steps]

    with alone(python, folder, "dashboard") as url:
        expected = visit(url)
    with behind(python, folder, "dashboard") as url:
        assert visit(url) == expected

        def load() -> list[str]:
            def ask() -> str:
                answer = client.get("/alive")
                return "" if (answer.status_code, answer.text) == (200, "yes") else str(answer.status_code)

            with httpx.Client(base_url=url) as client:
                return for_a_while(ask)

        assert flipped(folder / "registry.yaml", "alive", load) == []
        assert visit(url) == expected
