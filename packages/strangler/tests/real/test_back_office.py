"""A back office of Flask-AppBuilder is the same alone and behind the kit; one of its pages moves with login, CSRF, session and flash."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from real.harness import alone, behind, environment, flipped, for_a_while, note_kept, of_people, seen, token_in

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]

NOTES = """\
version: 1
blueprints:
  notes:
    owner: flask
    routes:
      - {path: /notes/, methods: [GET, POST]}
unlisted: flask
"""


def _visitor(url: str) -> httpx.Client:
    return httpx.Client(base_url=url, timeout=30)


def _log_in(client: httpx.Client, password: str = "her password") -> httpx.Response:
    page = client.get("/login/")
    return client.post("/login/", data={"username": "ann", "password": password, "csrf_token": token_in(page.text)})


def _visit(url: str) -> list[tuple[int, str, dict[str, str]]]:
    """What somebody sees from the first page to the logout. Each visit leaves the table of contacts as it found it."""
    client = _visitor(url)
    steps = [client.get("/"), client.get("/contacts/list/"), client.get("/notes/"), _log_in(client, "wrong"), client.get("/login/")]
    steps += [_log_in(client), client.get("/"), client.get("/contacts/list/"), client.get("/roles/list/")]
    add = client.get("/contacts/add")
    steps += [add, client.post("/contacts/add", data={"name": "without a token"})]
    added = {"name": "Béla", "csrf_token": token_in(add.text)}
    steps += [client.post("/contacts/add", data=added), client.get("/contacts/list/"), client.post("/contacts/add", data=added)]
    key = max(int(found) for found in re.findall(r"/contacts/edit/(\d+)", steps[-2].text))
    steps += [client.get(f"/contacts/show/{key}"), client.get(f"/contacts/edit/{key}"), client.get("/contacts/show/9999")]
    token = {"csrf_token": token_in(add.text)}
    steps += [client.post(f"/contacts/delete/{key}", data=token), client.get("/contacts/list/")]
    steps += [client.post("/notes/", data={"note": "stolen"}), client.post("/notes/", data={"note": "kept: ä", **token})]
    steps += [client.get("/notes/"), client.get("/notes/"), client.get("/notes"), client.put("/notes/")]
    steps += [client.get("/api/v1/_openapi"), client.get("/static/appbuilder/css/ab.css"), client.get("/nothing")]
    steps += [client.get("/logout/"), client.get("/notes/")]
    return [seen(step) for step in steps]


def test_a_back_office_is_the_same_alone_behind_the_kit_and_with_a_page_moved(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    python = environment(tmp_path_factory.mktemp("builder"), "flask-appbuilder>=5.2,<6")
    (tmp_path / "registry.yaml").write_text(NOTES)
    with alone(python, tmp_path, "builder") as url:
        expected = _visit(url)
    assert [status for status, _, _ in expected].count(400) == 2, "CSRF is on"
    with behind(python, tmp_path, "builder") as url:
        assert _visit(url) == expected
        lanes: set[str] = set()

        def load() -> list[str]:
            client = _visitor(url)
            _log_in(client)
            return for_a_while(lambda: note_kept(client, "/notes/", "ann", lanes))

        assert flipped(tmp_path / "registry.yaml", "notes", load, times=21) == []
        assert lanes == {"flask", "fastapi"}
        assert [*map(of_people, _visit(url))] == [*map(of_people, expected)], "FastAPI owns the page now"
