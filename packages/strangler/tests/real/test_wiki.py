"""A wiki of MoinMoin is the same alone and behind the kit; its editor, whose path has a converter of its own, moves while people edit."""

from __future__ import annotations

import re
import subprocess
from itertools import count
from pathlib import Path

import httpx
import pytest

from real.harness import alone, behind, environment, flipped, for_a_while, seen

pytestmark = [pytest.mark.real, pytest.mark.timeout(1800)]

MODIFY = """\
version: 1
blueprints:
  editing:
    owner: flask
    routes:
      - {path: "/+modify/<itemname:item_name>", methods: [GET, POST]}
unlisted: flask
"""
PASSWORD = "a long password 1"
KIND = {"itemtype": "default", "contenttype": "text/x.moin.wiki;charset=utf-8", "template": ""}
PASSING = re.compile(
    r"\d+(?:\.\d+)? ?(?:seconds?|sec|m?s)\b|\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d)?Z?|[0-9a-f]{32}|value=\"\d{10}\"|\d\d?:\d\d:\d\d"
)
"""What a wiki tells of the moment: times, and numbers of revisions."""


def _instance(python: Path, folder: Path) -> None:
    """A wiki with its first page, and somebody who may edit."""

    def moin(*arguments: str) -> None:
        subprocess.run([str(python.parent / "moin"), *arguments], check=True, cwd=folder / "wiki", capture_output=True)

    (folder / "wiki").mkdir()
    moin("create-instance")
    configuration = folder / "wiki" / "wikiconfig.py"
    configuration.write_text(configuration.read_text().replace("YOUR-SUPER-EDITOR", "Ann"))
    moin("index-create")
    moin("account-create", "--name", "Ann", "--email", "ann@example.com", "--password", PASSWORD)
    moin("welcome")


def _visitor(url: str) -> httpx.Client:
    return httpx.Client(base_url=url, timeout=60)


def _log_in(client: httpx.Client) -> httpx.Response:
    return client.post("/+login", data={"login_username": "Ann", "login_password": PASSWORD, "login_submit": "1"})


def _edit(client: httpx.Client, item: str, text: str) -> httpx.Response:
    client.get(f"/+modify/{item}", params=KIND)
    form = {"content_form_data_text": text, "comment": "", "meta_form_acl": "None", "meta_form_name": item, "meta_form_summary": ""}
    return client.post(f"/+modify/{item}", params=KIND, data=form | {"meta_form_tags": ""}, files={"content_form_data_file": ("", b"")})


def _visit(url: str, number: int) -> list[tuple[int, str]]:
    """What somebody sees who reads and edits. Each visit has items of its own, whose names do not show."""
    client = _visitor(url)
    page, below = f"Page{number}", f"Page{number}/Below ä"
    steps = [
        client.get("/"),
        client.get("/Home"),
        client.get(f"/{page}"),
        client.get(f"/+modify/{page}", params=KIND),
        _edit(client, page, "no"),
    ]
    steps += [
        _log_in(client),
        client.get(f"/+modify/{page}", params=KIND),
        _edit(client, page, "= One =\n[[Home]] ä"),
        client.get(f"/{page}"),
    ]
    steps += [
        _edit(client, page, "= Two =\n * a\n * b"),
        client.get(f"/{page}"),
        client.get(f"/+get/{page}"),
        client.get(f"/+history/{page}"),
    ]
    steps += [
        _edit(client, below, "below"),
        client.get(f"/{below}"),
        client.get(f"/+modify/{page}/", params=KIND),
        client.get("/+modify//x"),
    ]
    steps += [
        client.post(f"/+modify/{page}", params=KIND, data={"cancel": "Cancel"}),
        client.put(f"/+modify/{page}"),
        client.get("/+nothing/x"),
    ]
    steps += [client.get("/+logout"), client.get(f"/+modify/{page}", params=KIND)]
    return [(status, PASSING.sub("", text).replace(f"Page{number}", "Page")) for status, text, _ in map(seen, steps)]


def test_a_wiki_is_the_same_alone_and_behind_the_kit_and_its_editor_moves(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> None:
    python = environment(tmp_path_factory.mktemp("moin"), "moin>=2.0.0b5")
    _instance(python, tmp_path)
    (tmp_path / "registry.yaml").write_text(MODIFY)
    with alone(python, tmp_path, "wiki") as url:
        expected = _visit(url, 101)
    assert {200, 302, 403, 404, 405} <= {status for status, _ in expected}
    with behind(python, tmp_path, "wiki") as url:
        assert _visit(url, 102) == expected
        numbers, lanes = count(200), set[str]()

        def load() -> list[str]:
            client, item, edits = _visitor(url), f"Page{next(numbers)}", count()
            _log_in(client)

            def edit() -> str:
                text = f"edit {next(edits)} of {item}"
                kept, page = _edit(client, item, text), client.get(f"/{item}")
                lanes.add(kept.headers["x-lane-lane"])
                return "" if kept.status_code == 302 and text in page.text else f"{kept.status_code}, then {page.status_code}"

            return for_a_while(edit)

        assert flipped(tmp_path / "registry.yaml", "editing", load, times=21) == []
        assert lanes == {"flask", "fastapi"}
        moved = _visit(url, 103)
        assert [status for status, _ in moved] == [status for status, _ in expected], "FastAPI owns the editor now"
        assert [text for status, text in moved if status == 200] == [text for status, text in expected if status == 200]
