"""`/admin/jobs`: what administrators see of periodic work and of the systems around, and what they do about it."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from argus.domain.outbox import mail_to, queueing
from argus.integrations import remote as layer
from argus.integrations.remote import FAILURES, Remote, RemoteError, ask
from argus.jobs import board, standings, told
from argus.jobs.catalogue import jobs as all_jobs
from argus.jobs.catalogue import wanted
from argus.jobs.standings import Telling
from argus.kit.clock import now
from argus.models.job import JobState, RemoteStanding
from argus.storage.statements import delete, select
from tests.features.tracker.making import answered, refused
from tests.serving import Server, settings_for

pytestmark = pytest.mark.anyio

API = "/admin/api/v1/jobs"
WRITES = [f"{API}/housekeeping/{what}" for what in ("run", "pause", "resume")]
READS = [API, f"{API}/housekeeping/history"]
HUB = Remote("Hub", tries=1)


@pytest.fixture(autouse=True)
async def nothing_was_wished(server: Server) -> None:
    await server.store.write(delete(JobState).where(scope=board.SCOPE, job="housekeeping"))


@pytest.fixture
def down(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def refusing(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    monkeypatch.setattr(server.runtime, "http", httpx.AsyncClient(transport=httpx.MockTransport(refusing)))


async def row(client: httpx.AsyncClient, name: str = "housekeeping") -> dict[str, Any]:
    told = await answered(client.get(API))
    return next(each for each in told["jobs"] if each["job"] == name)


async def test_a_job_is_paused_resumed_and_asked_for(server: Server, client: httpx.AsyncClient) -> None:
    assert (await row(client))["state"] == "on"
    await answered(client.post(f"{API}/housekeeping/pause"))
    paused = await row(client)
    assert (paused["state"], paused["next"]) == ("paused", None)
    await answered(client.post(f"{API}/housekeeping/resume"))
    assert (await row(client))["state"] == "on"
    await answered(client.post(f"{API}/housekeeping/run"))
    state = (await board.states(server.store))["housekeeping"]
    assert state.asked_at is not None
    assert state.asked_by


async def test_turns_are_told(server: Server, client: httpx.AsyncClient) -> None:
    started = await board.begin(server.store, "housekeeping", now(), "host:1")
    await board.end(server.store, board.turn_of("housekeeping", started, "host:1", started, board.FAILED, None, "no disk"))
    (turn, *_) = await answered(client.get(f"{API}/housekeeping/history"))
    assert (turn["outcome"], turn["error"], turn["holder"]) == ("failed", "no disk", "host:1")
    assert (await row(client))["error"] == "no disk"


@pytest.mark.parametrize("what", ["run", "pause", "resume", "history"])
async def test_a_job_that_there_is_not_is_told(client: httpx.AsyncClient, what: str) -> None:
    asked = client.get if what == "history" else client.post
    kind, arguments = await refused(asked(f"{API}/nothing-{'x' * 100}/{what}"))
    assert kind == "DataValidationError"
    assert len(arguments[-1]) <= 40


async def test_a_job_that_is_off_cannot_be_asked_for(client: httpx.AsyncClient, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server.runtime.settings, "JOBS_DISABLED", ["housekeeping"])
    assert (await row(client))["state"] == "off"
    assert await refused(client.post(f"{API}/housekeeping/run")) == ("DataValidationError", ["the job housekeeping is off", "housekeeping"])


async def test_it_is_for_administrators(server: Server) -> None:
    async with server.client("bob") as bob, server.client(None) as nobody:
        for caller in (bob, nobody):
            assert (await caller.get("/admin/jobs")).status_code == 302
            assert [(await caller.get(path)).status_code for path in READS] == [403] * len(READS)
            assert [(await caller.post(path)).status_code for path in WRITES] == [403] * len(WRITES)
    assert "housekeeping" not in await board.states(server.store)


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}])
async def test_a_page_of_another_site_steers_nothing(server: Server, headers: dict[str, str]) -> None:
    from tests.features.tracker.auth.people import person

    admin = await person(server, roles=["ROLE_USER", "ROLE_ADMIN"])
    browser = await admin.browser()
    for path in WRITES:
        assert (await browser.post(path, headers=headers)).status_code == 403
    assert "housekeeping" not in await board.states(server.store)
    assert (await browser.post(WRITES[1], headers={"Sec-Fetch-Site": "same-origin"})).json()["status"] == "ok"


async def test_what_has_not_changed_is_not_sent_again(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    at = now()
    monkeypatch.setattr(told, "now", lambda: at)  # when a job is due next is part of the answer
    first = await client.get(API)
    same = await client.get(API, headers={"If-None-Match": f'"other", W/{first.headers["etag"]}'})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", first.headers["etag"])
    await client.post(f"{API}/housekeeping/pause")
    assert (await client.get(API, headers={"If-None-Match": first.headers["etag"]})).status_code == 200


async def test_the_page_names_no_job_itself(client: httpx.AsyncClient) -> None:
    page = await client.get("/admin/jobs")
    assert page.status_code == 200
    assert API in page.text
    assert "innerHTML" not in page.text, "what remotes say is text"


async def test_a_remote_that_is_down_is_shown_by_whoever_asked_it(server: Server, client: httpx.AsyncClient, down: None) -> None:
    for _ in range(FAILURES):
        with pytest.raises(RemoteError):
            await ask(server.runtime, HUB, "GET", "http://hub.example/?token=secret")
    await Telling(server.runtime).publish()
    await server.store.save(RemoteStanding(scope=standings.SCOPE, remote="Hub", holder="other:2", last_error="odd", waiting=3))
    rows = [each for each in (await answered(client.get(API)))["remotes"] if each["remote"] == "Hub"]
    assert [(each["process"], each["state"], each["waiting"], each["last_error"]) for each in rows] == sorted(
        [
            (standings.this_process(), "left alone", 0, "Hub does not answer: ConnectError"),
            ("other:2", "asked", 3, "odd"),
        ]
    )
    assert "secret" not in json.dumps(rows)


async def test_a_remote_that_is_asked_again_is_left_alone_no_more(server: Server, down: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(FAILURES):
        with pytest.raises(RemoteError):
            await ask(server.runtime, HUB, "GET", "http://hub.example/")
    assert await layer.is_resting(server.runtime, "Hub")
    monkeypatch.setattr(layer, "REST_SECONDS", 0.0)
    assert not await layer.is_resting(server.runtime, "Hub")


async def test_a_trouble_is_told_at_once_and_the_rest_now_and_then(server: Server, down: None, monkeypatch: pytest.MonkeyPatch) -> None:
    telling = Telling(server.runtime)

    async def kept() -> RemoteStanding:
        rows = await server.store.all(select(RemoteStanding).where(scope=standings.SCOPE))
        return next(each for each in rows if (each.remote, each.holder) == ("Hub", standings.this_process()))

    await server.store.write(delete(RemoteStanding).where(scope=standings.SCOPE, remote="Hub", holder=standings.this_process()))
    standing = layer.standing_of(server.runtime, HUB)
    await telling.publish()
    standing.waiting = 5
    await telling.publish()
    assert (await kept()).waiting == 0
    standing.last_error = "odd"
    await telling.publish()
    assert ((await kept()).waiting, (await kept()).last_error) == (5, "odd")
    standing.waiting = 6
    monkeypatch.setattr(standings, "TOLD_EVERY", 0.0)
    await telling.publish()
    assert (await kept()).waiting == 6


async def test_mails_that_wait_are_shown(server: Server, client: httpx.AsyncClient) -> None:
    mail = mail_to("ann@example.com", "<b>hello</b>", "<p>x</p>")
    await server.store.write(queueing(mail))
    shown = next(each for each in (await answered(client.get(API)))["mails"] if each["id"] == str(mail.id))
    assert (shown["to"], shown["subject"], shown["tries"], shown["error"]) == ("ann@example.com", "<b>hello</b>", 0, None)


def test_mails_have_a_job_where_there_is_a_mail_server(tmp_path: Any) -> None:
    settings = settings_for(tmp_path)
    settings.EMAIL_ENABLED, settings.EMAIL_SERVER = True, "mail.example.com"
    assert "mail" in {job.name for job in wanted(settings)}
    settings.EMAIL_SERVER = None
    assert "mail" not in {job.name for job in wanted(settings)}


def test_the_documents_name_every_job() -> None:
    from pathlib import Path

    text = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
    section = text.partition("## Jobs")[2].partition("\n## ")[0]
    named = {line.split("`")[1] for line in section.splitlines() if line.startswith("| `")}
    assert named == {job.name for job in all_jobs(settings_for(Path("unused")))}
