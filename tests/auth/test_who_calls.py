"""Who calls, what they may do, and what they are told otherwise: the same on both lanes.

Contract: docs/contract/conventions.md#other-statuses; docs/contract/conventions.md#who-calls.
"""

from __future__ import annotations

import asyncio
from uuid import uuid4

import httpx
import pytest

from argus.models.user import User
from argus.storage.statements import delete, update
from tests.serving import ACTORS, Server

pytestmark = pytest.mark.anyio

API = "/api/v1/run/not-an-id/type"  # any login will do
REACHED = "badly formed hexadecimal UUID string"


async def reached(answer: httpx.Response) -> bool:
    return answer.status_code == 200 and answer.json()["response"].get("message") == REACHED


async def test_a_token_is_an_identity(server: Server) -> None:
    answer = await server.client("bob").get(API)
    assert await reached(answer)
    assert "vary" not in answer.headers
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("header", ["Bearer token-bob", "Token token-bob", "Basic eA=="])
async def test_another_scheme_is_nobody(server: Server, header: str) -> None:
    answer = await server.client(None, Authorization=header).get(API)
    assert (answer.status_code, answer.json()) == (403, {"status": "error", "message": "Authorization required"})


@pytest.mark.parametrize(
    ("header", "message"), [("token", "Malformed authorization header"), ("token nobodys", "User not found for supplied token")]
)
async def test_a_bad_token_is_an_envelope_on_the_api(server: Server, header: str, message: str) -> None:
    answer = await server.client(None, Authorization=header).get(API)
    assert answer.status_code == 200
    assert answer.json()["response"] | {"trace_id": ""} == {
        "exception": "APIException",
        "message": message,
        "arguments": [message],
        "trace_id": "",
    }


async def test_a_bad_token_never_falls_back_to_the_session(server: Server) -> None:
    browser = await server.browser("bob")
    answer = await browser.get(API, headers={"Authorization": "token nobodys"})
    assert answer.json()["response"]["message"] == "User not found for supplied token"


async def test_a_bad_token_on_an_unknown_path_is_404(server: Server) -> None:
    assert (await server.client(None, Authorization="token nobodys").get("/no/such/page")).status_code == 404


async def test_a_page_sends_nobody_to_the_login_and_remembers_the_way(server: Server) -> None:
    visitor = server.client(None)
    answer = await visitor.get("/views?a=1")
    assert (answer.status_code, answer.headers["location"]) == (302, "/auth/login")
    assert (await visitor.post("/auth/login", data={"username": "bob", "password": "pw-bob"})).headers["location"] == "/"
    assert (await visitor.get("/")).headers["location"] == "/views?a=1"
    assert (await visitor.get("/")).headers["location"] == "/workspace"


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example"])
async def test_the_way_back_stays_on_this_site(server: Server, target: str) -> None:
    visitor = server.client(None)
    await visitor.get(target if target.startswith("/") else f"/{target}")
    await visitor.post("/auth/login", data={"username": "bob", "password": "pw-bob"})
    assert (await visitor.get("/")).headers["location"] == "/workspace"


@pytest.mark.parametrize(
    ("username", "password"), [("bob", "wrong"), ("nobody", "pw-bob"), ("", ""), ("bob", "")], ids=["password", "name", "empty", "blank"]
)
async def test_a_failed_login_is_no_login(server: Server, username: str, password: str) -> None:
    visitor = server.client(None)
    answer = await visitor.post("/auth/login", data={"username": username, "password": password})
    assert (answer.status_code, answer.headers["location"]) == (302, "/")
    assert (await visitor.get(API)).status_code == 403


async def test_a_wrong_password_does_not_lose_the_way(server: Server) -> None:
    visitor = server.client(None)
    await visitor.get("/views?a=1")
    for _ in range(2):
        page = await visitor.post("/auth/login", data={"username": "bob", "password": "wrong"})
        while page.status_code == 302:  # home, and back to the login page
            page = await visitor.get(page.headers["location"])
        assert page.status_code == 200
    await visitor.post("/auth/login", data={"username": "bob", "password": "pw-bob"})
    assert (await visitor.get("/")).headers["location"] == "/views?a=1"


async def test_a_page_that_is_asked_for_later_is_the_way(server: Server) -> None:
    visitor = server.client(None)
    await visitor.get("/views?a=1")
    await visitor.post("/auth/login", data={"username": "bob", "password": "wrong"})
    await visitor.get("/workspace")  # the way that the failure leads
    await visitor.get("/teams/")
    await visitor.post("/auth/login", data={"username": "bob", "password": "pw-bob"})
    assert (await visitor.get("/")).headers["location"] == "/teams/"


async def test_a_login_form_needs_both_fields(server: Server) -> None:
    assert (await server.client(None).post("/auth/login", data={"username": "bob"})).status_code == 400


async def test_logging_out_ends_the_session(server: Server) -> None:
    browser = await server.browser("bob")
    assert await reached(await browser.get(API))
    await browser.post("/auth/logout")
    assert (await browser.get(API)).status_code == 403


async def test_a_session_of_a_deleted_user_is_cleared(server: Server) -> None:
    user = User(username=f"gone-{uuid4()}", roles=["ROLE_USER"])
    await server.store.save(user)
    browser = await server.browser("alice")
    await browser.post("/auth/admin/impersonate", data={"user_id": str(user.id)})
    assert await reached(await browser.get(API))
    await server.store.write(delete(User).where(id=user.id))
    answer = await browser.get(API)
    assert answer.status_code == 403
    assert "session=;" in answer.headers["set-cookie"]


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(server: Server) -> None:
    answer = await server.client(None).post("/auth/login", data={"username": "bob", "password": "pw-bob"})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("session=")
    assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))


OWN = "http://argus.test"


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({}, True),
        ({"Origin": OWN}, True),
        ({"Sec-Fetch-Site": "same-origin", "Origin": OWN}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Origin": "http://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "http://argus.test:8081"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": OWN}, False),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://other.argus.test"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
    ],
)
async def test_a_write_with_a_cookie_comes_from_our_own_pages(server: Server, headers: dict[str, str], allowed: bool) -> None:
    browser = await server.browser("carol")
    answer = await browser.post("/api/v1/ignore_jobs", json={"reason": "x"}, headers=headers)
    if allowed:
        assert answer.json()["response"]["message"] == "'testId'"
    else:
        assert (answer.status_code, answer.json()["message"]) == (403, "Cross-site request refused")
    by_token = await server.client("carol").post("/api/v1/ignore_jobs", json={"reason": "x"}, headers=headers)
    assert by_token.json()["response"]["message"] == "'testId'"
    assert await reached(await browser.get(API, headers=headers))


async def test_another_site_cannot_log_somebody_in(server: Server) -> None:
    visitor = server.client(None)
    form = {"username": "bob", "password": "pw-bob"}
    assert (await visitor.post("/auth/login", data=form, headers={"Origin": "http://evil.example"})).status_code == 403
    assert (await visitor.get(API)).status_code == 403


async def test_a_tunnel_servers_account_is_locked_out(server: Server) -> None:
    tunnel = server.client("tunnel")
    answer = await tunnel.get(API)
    assert (answer.status_code, answer.json()) == (403, {"status": "error", "message": "Authorization required"})
    page = await tunnel.get("/workspace")
    assert (page.status_code, page.headers["location"]) == (302, "/")
    assert (await tunnel.get("/error/")).status_code == 200


@pytest.mark.parametrize("actor", ["bob", "carol", None])
async def test_pages_of_administrators_are_theirs(server: Server, actor: str | None) -> None:
    answer = await server.client(actor).get("/admin/")
    assert (answer.status_code, answer.headers["location"]) == (302, "/")
    assert (await server.client("alice").get("/admin/")).status_code == 200


async def test_acting_as_another_user_and_back(server: Server) -> None:
    browser = await server.browser("alice")
    bob = await server.store.get(User, username="bob")
    assert (await browser.post("/auth/admin/impersonate", data={"user_id": str(bob.id)})).headers["location"] == "/profile/"
    assert "@bob" in (await browser.get("/profile/")).text or "bob" in (await browser.get("/profile/")).text
    assert (await browser.get("/admin/")).headers["location"] == "/"
    await browser.post("/auth/admin/impersonate/stop")
    assert (await browser.get("/admin/")).status_code == 200


@pytest.mark.parametrize("user_id", ["not-an-id", "11111111-2222-4333-8444-555555555555"])
async def test_acting_as_nobody_leads_to_the_error_page(server: Server, user_id: str) -> None:
    browser = await server.browser("alice")
    answer = await browser.post("/auth/admin/impersonate", data={"user_id": user_id})
    assert (answer.status_code, answer.headers["location"]) == (302, "/error/?type=404")


async def test_a_new_token_replaces_the_old_one_at_once(server: Server) -> None:
    user = User(username=f"new-{uuid4()}", roles=["ROLE_USER"], api_token=f"old-{uuid4()}")
    await server.store.save(user)
    caller = server.client(None, Authorization=f"token {user.api_token}")
    assert (await caller.post("/auth/profile/api/token/generate")).headers["location"] == "/profile/"
    assert (await caller.get(API)).json()["response"]["message"] == "User not found for supplied token"
    token = (await server.store.get(User, id=user.id)).api_token
    assert token is not None
    assert len(token) == 64
    assert await reached(await server.client(None, Authorization=f"token {token}").get(API))


async def test_secrets_are_on_no_page(server: Server) -> None:
    browser = await server.browser("bob")
    bob = await server.store.get(User, username="bob")
    for page in ("/profile/", "/workspace"):
        text = (await browser.get(page)).text
        assert ACTORS["bob"]["token"] not in text
        assert bob.password
        assert bob.password not in text


async def test_names_are_escaped_on_pages(server: Server) -> None:
    name = "<img src=x onerror=alert(1)>'\"</script>"
    user = User(username=f"x-{uuid4()}", full_name=name, roles=["ROLE_USER"], api_token=f"t-{uuid4()}")
    await server.store.save(user)
    text = (await server.client(None, Authorization=f"token {user.api_token}").get("/profile/")).text
    assert "<img src=x" not in text
    assert name not in text


async def test_interleaved_callers_never_see_each_other(server: Server) -> None:
    """Many people over shared connections and reused threads: everybody sees their own name and flash only."""
    people = [User(username=f"p{n}-{uuid4().hex}", roles=["ROLE_USER"], api_token=f"tok-{uuid4()}") for n in range(16)]
    await asyncio.gather(*(server.store.save(person) for person in people))
    client = server.client(None)

    async def visit(person: User) -> None:
        for turn in range(4):
            message = f"{person.username}-{turn}"
            answer = await client.get(
                "/alert_debug", params={"message": message}, headers={"Authorization": f"token {person.api_token}", "Cookie": ""}
            )
            assert f'["success","{message}"]' in answer.text
            others = [p.username for p in people if p is not person]
            assert not any(name in answer.text for name in others if name)

    await asyncio.gather(*map(visit, people))


async def test_the_password_is_changed_only_with_the_old_one(server: Server) -> None:
    browser = await server.browser("carol")
    form = {"old_password": "pw-carol", "new_password": "12345", "new_password_confirm": "12345"}
    before = (await server.store.get(User, username="carol")).password
    assert (await browser.post("/profile/update/password", data={**form, "old_password": "wrong"})).headers["location"] == "/profile/"
    assert (await server.store.get(User, username="carol")).password == before
    await browser.post("/profile/update/password", data=form)
    carol = await server.store.get(User, username="carol")
    assert carol.password != before
    await server.store.write(update(User, id=carol.id).set(password=before))


async def test_health_is_told_whoever_asks(server: Server) -> None:
    assert (await server.client(None, Authorization="token nobodys").get("/healthz")).status_code == 200


@pytest.mark.parametrize(
    "cookies",
    [
        "{session}",
        'x="; {session}',
        'settings={{"theme": "dark", "tabs": [1, 2]}}; {session}',
        "a b=1; c[d]=2; e@f=3; bare; =; {session}; last",
        'session="{value}"',
        " session = {value} ; x=1",
        "{session}; session=of-another-path",
        "é=1; {session}",
    ],
)
async def test_other_cookies_do_not_hide_the_session(server: Server, cookies: str) -> None:
    browser = await server.browser("bob")
    value = browser.cookies["session"]
    header = cookies.format(session=f"session={value}", value=value).encode("latin-1")
    async with server.client(None) as other:
        assert await reached(await other.get(API, headers=[(b"cookie", header)]))


async def test_cookies_may_come_in_several_headers(server: Server) -> None:
    browser = await server.browser("bob")
    headers = [(b"cookie", b"x=1"), (b"cookie", f"session={browser.cookies['session']}".encode()), (b"cookie", b"y=2")]
    async with server.client(None) as other:
        assert await reached(await other.get(API, headers=headers))


async def test_slashes_in_front_do_not_count(server: Server) -> None:
    async with server.client(None) as client:
        address = httpx.URL("http://argus.test").copy_with(raw_path=f"//{API}".encode())
        assert (await client.get(address)).status_code == 403
        page = await client.get(httpx.URL("http://argus.test").copy_with(raw_path=b"//views"))
        assert page.headers["location"] == "/auth/login"
        await client.post("/auth/login", data={"username": "bob", "password": ACTORS["bob"]["password"]})
        assert (await client.get("/")).headers["location"] == "/views"
