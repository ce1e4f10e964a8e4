"""What the security log tells, and to whom."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import httpx
import pytest

from argus.auth import security_log
from argus.kit.clock import now
from argus.models.security import SecurityEvent, SecurityEvents
from argus.storage.errors import OperationTimedOut
from tests.features.tracker.auth.people import PASSWORD, Person, logged_in, person
from tests.features.tracker.making import answered, refused
from tests.serving import Server

pytestmark = pytest.mark.anyio

EVENTS = "/admin/api/v1/security/events"


async def told_of(client: httpx.AsyncClient, *people: Person, since: int = 200) -> list[dict[str, Any]]:
    """What the log tells of these people, the oldest first."""
    names = {each.name for each in people}
    found = await answered(client.get(EVENTS, params={"limit": str(since)}))
    return [event for event in reversed(found) if event["account"] in names or event["actor"] in names]


async def test_logins_are_told_of_with_their_address(server: Server, client: httpx.AsyncClient) -> None:
    somebody = await person(server)
    await somebody.browser("wrong")
    browser = await somebody.browser()
    await browser.post("/auth/logout")
    events = await told_of(client, somebody)
    assert [(event["what"], event["details"]) for event in events] == [
        ("login_failed", "Incorrect Password"),
        ("login", "password"),
        ("logout", None),
    ]
    assert {event["address"] for event in events} == {"127.0.0.1"}
    assert all(event["request_id"] for event in events)


async def test_what_happens_to_accounts_is_told(server: Server, client: httpx.AsyncClient) -> None:
    somebody = await person(server)
    browser = await somebody.browser()
    new = {"old_password": PASSWORD, "new_password": "another-password", "new_password_confirm": "another-password"}
    await browser.post("/profile/update/password", data=new)
    await browser.post("/auth/profile/api/token/generate")
    user = f"/admin/api/v1/user/{somebody.user.id}"
    await client.post(f"{user}/password/set", json={"newPassword": "reset-by-admin"})
    await client.post(f"{user}/email/set", json={"newEmail": f"new-{somebody.user.email}"})
    await client.post(f"{user}/admin/toggle")
    await client.post(f"{user}/admin/toggle")
    await client.post(f"{user}/delete")
    events = await told_of(client, somebody)
    assert [(event["what"], event["actor"], event["details"]) for event in events] == [
        ("login", None, "password"),
        ("password_changed", somebody.name, None),
        ("token_made", somebody.name, None),
        ("password_changed", "alice", None),
        ("email_changed", "alice", f"from {somebody.user.email} to new-{somebody.user.email}"),
        ("role_changed", "alice", "gave ROLE_ADMIN"),
        ("role_changed", "alice", "took ROLE_ADMIN"),
        ("user_deleted", "alice", None),
    ]


async def test_every_write_of_who_acts_as_another_names_who_stands_behind(
    server: Server, client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    admin, target = await person(server, "ROLE_ADMIN"), await person(server)
    browser = await admin.browser()
    await browser.post("/auth/admin/impersonate", data={"user_id": str(target.user.id)})
    await browser.post("/profile/update/name", data={"new_name": "Not Himself"})
    assert await logged_in(browser)  # reads, and so makes, the token
    assert await logged_in(browser)
    with caplog.at_level(logging.INFO, "argus.security"):
        await browser.post("/auth/admin/impersonate/stop")
    events = [e for e in await told_of(client, admin, target) if e["what"] not in ("login", "admin_write")]
    assert [(e["what"], e["account"], e["actor"], e["impersonator"], e["details"]) for e in events] == [
        ("impersonation_begun", target.name, admin.name, None, None),
        ("acted_as", target.name, target.name, admin.name, "POST /profile/update/name"),
        ("token_made", target.name, target.name, admin.name, None),
        ("token_read", target.name, target.name, admin.name, None),
        ("acted_as", target.name, target.name, admin.name, "POST /auth/admin/impersonate/stop"),
        ("impersonation_ended", target.name, target.name, admin.name, f"of {target.user.id}"),
    ]
    assert {(r.message, r.__dict__["impersonator"]) for r in caplog.records if r.name == "argus.security"} == {
        ("acted_as", admin.name),
        ("impersonation_ended", admin.name),
    }


async def test_writes_of_administrators_are_told_and_reads_are_not(server: Server, client: httpx.AsyncClient) -> None:
    admin = await person(server, "ROLE_ADMIN")
    browser = await admin.browser()
    await browser.get("/admin/api/v1/users")
    await browser.post("/admin/api/v1/release/create", json={"release_name": f"r-{admin.name}"})
    events = [event for event in await told_of(client, admin) if event["what"] == "admin_write"]
    assert [event["details"] for event in events] == ["POST /admin/api/v1/release/create"]


@pytest.mark.parametrize("path", [EVENTS, "/admin/security"])
async def test_the_log_is_for_administrators(server: Server, path: str) -> None:
    async with server.client("bob") as bob, server.client(None) as nobody:
        for caller in (bob, nobody):
            assert (await caller.get(path)).status_code == (403 if path == EVENTS else 302)


async def test_the_page_shows_the_log_and_leads_to_what_is_older(server: Server, client: httpx.AsyncClient) -> None:
    somebody = await person(server)
    await somebody.browser("wrong")
    page = await client.get("/admin/security")
    assert somebody.name in page.text
    assert page.headers["cache-control"] == "no-store"
    newest, older = await answered(client.get(EVENTS, params={"limit": "2"}))
    assert (await answered(client.get(EVENTS, params={"limit": "1", "before": newest["at"]})))[0] == older
    assert older["at"] < newest["at"]


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "501"}, {"limit": "9" * 5000}, {"limit": "x"}, {"before": "yesterday"}])
async def test_what_is_no_number_and_no_time_is_said(client: httpx.AsyncClient, query: dict[str, str]) -> None:
    assert (await refused(client.get(EVENTS, params=query)))[0] == "DataValidationError"


async def test_strangers_cannot_fill_the_database(server: Server) -> None:
    before = len(await security_log.latest(server.runtime, 5000))
    for number in range(security_log.MOST + 50):
        await security_log.record(server.runtime, SecurityEvents.LOGIN_FAILED, f"{number}-" + "x" * 10_000)
    await security_log.record(server.runtime, SecurityEvents.LOGIN, "after the flood")
    found = await security_log.latest(server.runtime, 5000)
    assert len(found) - before == security_log.MOST + 1
    assert max(len(event.account or "") for event in found) <= security_log.LONGEST


async def test_a_login_does_not_fail_because_it_cannot_be_told(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    somebody = await person(server)

    async def down(_: object) -> None:
        raise OperationTimedOut("no disk")

    monkeypatch.setattr(server.store, "write", down)
    browser = await somebody.browser()
    monkeypatch.undo()
    assert await logged_in(browser)


async def test_the_log_goes_back_over_months(server: Server) -> None:
    """As far back as entries are kept, whatever lies in between."""
    moment = now().replace(microsecond=0)
    for days in (170, 100, 40):
        at = moment - timedelta(days=days)
        await server.store.save(SecurityEvent(month=f"{at:%Y-%m}", at=at, what="login", account=f"{days} days ago"))
    found = await security_log.latest(server.runtime, 5000, moment - timedelta(days=30))
    assert [event.account for event in found] == ["40 days ago", "100 days ago", "170 days ago"]
