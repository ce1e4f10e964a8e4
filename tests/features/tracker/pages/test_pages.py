"""Pages: where they lead (docs/contract/pages.md#where-pages-lead)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest

from argus.cli import accounts
from argus.domain.new_accounts import Account
from tests.features.tracker.making import answered, make, refused
from tests.serving import Server

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("asked", "shorter"),
    [
        ("/tests/generic/{id}/details?a=1", "/tests/generic/{id}?a=1"),
        ("/tests/generic/{id}/details?a=1&a=2", "/tests/generic/{id}?a=1&a=2"),
        ("/test/a/b/7/details", "/test/a/b/7"),
        ("/test/a%20b%3F/7/details?q=%C3%A9", "/test/a%20b%3F/7?q=%C3%A9"),
    ],
)
@pytest.mark.parametrize("actor", ["bob", None])
async def test_the_default_tab_is_left_out_of_the_address(server: Server, asked: str, shorter: str, actor: str | None) -> None:
    run_id = str(uuid4())
    answer = await server.client(actor).get(asked.format(id=run_id))
    assert answer.status_code == 308
    assert answer.headers["location"] == "http://argus.test" + shorter.format(id=run_id)


async def test_another_tab_asks_who_it_is(server: Server) -> None:
    answer = await server.client(None).get(f"/tests/generic/{uuid4()}/issues")
    assert (answer.status_code, answer.headers["location"]) == (302, "/auth/login")


async def test_no_address_ends_a_header(server: Server) -> None:
    answer = await server.client("bob").get("/tests/x/y%0D%0ASet-Cookie:%20a=b/details")
    assert answer.status_code == 308
    assert answer.headers["location"] == "http://argus.test/tests/x/y%0D%0ASet-Cookie:%20a=b"
    assert "set-cookie" not in answer.headers


async def test_the_way_back_after_a_login_is_an_address(server: Server) -> None:
    browser = server.client(None)
    await browser.get("/dashboard/a%20b?x=%0D%0A")
    await browser.post("/auth/login", data={"username": "bob", "password": "pw-bob"})
    answer = await browser.get("/")
    assert answer.headers["location"] == "/dashboard/a%20b?x=%0D%0A"


@pytest.mark.parametrize("number", [7, 99999999999999999999])
async def test_a_build_that_is_not_there(server: Server, client: httpx.AsyncClient, number: int) -> None:
    made = await make(client)
    await made.new_test("t")
    missing = f"{made.job('t')} #{number}"
    assert await refused(client.get(f"/api/v1/test/{made.job('t')}/{number}")) == ("Exception", [f"Run not found for {missing}"])
    browser = await server.browser("bob")
    answer = await browser.get(f"/test/{made.job('t')}/{number}")
    assert (answer.status_code, answer.headers["location"]) == (302, "/error/?type=404")
    assert f"Run {missing} not found." in (await browser.get("/error/")).text


@pytest.mark.parametrize(("settings", "shown"), [('[{"position":1}]', '[{"position":1}]'), ("", "[]"), ("no json", "[]"), ("{}", "[]")])
async def test_a_view_shows_the_widgets_that_it_has(server: Server, client: httpx.AsyncClient, settings: str, shown: str) -> None:
    name = f"view-{uuid4().hex[:12]}"
    await answered(client.post("/api/v1/views/create", json={"name": name, "items": [], "settings": settings}))
    browser = await server.browser("bob")
    page = (await browser.get(f"/view/{name}")).text
    assert f'"widget_settings":{shown}}};' in page
    assert f"<title>Argus - {name}</title>" in page


@pytest.mark.parametrize(
    ("cookie", "ours", "names"),
    [
        (None, True, ["groups", "release", "tests"]),
        ("none", False, ["groups", "release", "tests"]),
        ("all", True, ["groups", "release", "tests"]),
        ("none", True, ["release"]),
    ],
)
async def test_lists_are_left_out_for_a_frontend_that_says_so_and_is_ours(
    server: Server,
    client: httpx.AsyncClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cookie: str | None,
    ours: bool,
    names: list[str],
) -> None:
    made = await make(client)
    (tmp_path / "dist").mkdir()
    if ours:
        (tmp_path / "dist/.built").touch()
    monkeypatch.setattr(server.runtime, "settings", server.runtime.settings.model_copy(update={"PUBLIC_DIR": tmp_path}))
    cookies = {"Cookie": f"{client.headers.get('cookie', '')}; argus-lists={cookie}".lstrip("; ")} if cookie else {}
    page = (await client.get(f"/dashboard/{made.name}", headers=cookies)).text
    (text,) = re.findall("var releaseData = (.*);", page)
    assert sorted(json.loads(text)) == names


@pytest.mark.parametrize("kind", ["6.2/rc 1", "a.b.", "x+y", "100%", "?q#h", "ü/&c=d", "a//b"])
@pytest.mark.parametrize("safe", ["", "/"])
async def test_releases_and_views_may_have_any_name(client: httpx.AsyncClient, kind: str, safe: str) -> None:
    release, view = f"{uuid4().hex[:6]}{kind}", f"{uuid4().hex[:6]}{kind}"
    body = {"release_name": release, "pretty_name": "", "perpetual": False}
    release_id = (await answered(client.post("/admin/api/v1/release/create", json=body)))["new_release"]["id"]
    items = [f"release:{release_id}"]
    await answered(client.post("/api/v1/views/create", json={"name": view, "items": items, "settings": "[]", "displayName": "x"}))
    pages = [f"/view/{quote(view, safe=safe)}", f"/dashboard/{quote(release, safe=safe)}"]
    pages += [f"/release/{quote(release, safe=safe)}/{page}" for page in ("planner", "scheduler", "duty")]
    assert [(await client.get(page)).status_code for page in pages] == [200] * 5
    planner = await client.get(f"/release/by-id/{release_id}/planner")
    assert planner.headers["location"] == f"/release/{quote(release, safe='')}/planner"


async def test_what_the_server_renders_keeps_the_words_and_classes_that_people_and_scripts_know(
    server: Server, client: httpx.AsyncClient
) -> None:
    made = await make(client)
    alice, name = await server.browser("alice"), f"words-{uuid4().hex[:8]}"
    await accounts.add(server.store, [Account(username=name, full_name="W", email=f"{name}@example.com", password="words on pages")])
    somebody = server.client(None)
    await somebody.post("/auth/login", data={"username": name, "password": "words on pages"})
    profile = (await somebody.get("/profile/")).text
    assert [word for word in ("Details", "Change profile picture", "API Token") if f">{word}<" not in profile] == []
    assert "Token Generated!" not in profile
    await somebody.post("/auth/profile/api/token/generate")
    assert "Token Generated!" in (await somebody.get("/profile/")).text
    assert ">Users</h1>" in (await alice.get("/auth/admin/impersonate")).text
    releases = (await alice.get("/releases")).text
    card = f'<div class="release-card" data-argus-release-name="{made.name}">'
    (row,) = re.findall(r'<div class="([^"]*)">\s*' + re.escape(card), releases)
    assert "row" in row.split()
    assert "No description provided" in releases.split(card)[1].split("release-stats")[0]
