"""Each caller of docs/deduper-callers.md, against both shells, in the gateway and alone."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from argus.auth import api_keys, bearer
from argus.auth.tables import ApiKey
from argus.db.database import Database, prepare
from argus.db.url import database_url
from argus.features.deduper.client import ArgusDeduperClient, DeduperError
from tests.deduper.forms import FORMS, SHARED, Form, serve
from tests.deduper.integration.conftest import ended
from tests.serving import ACTORS, settings_for

pytestmark = pytest.mark.anyio
DOCS = Path(__file__).parents[3] / "docs" / "deduper-callers.md"


@pytest.fixture(scope="module", params=FORMS)
async def form(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[Form]:
    async with serve(request.param, tmp_path_factory.mktemp(request.param)) as served:
        yield served


class _FromThread(httpx.BaseTransport):
    """Lets a client that blocks ask a form, whose loop is this test's."""

    def __init__(self, form: Form, loop: asyncio.AbstractEventLoop) -> None:
        self._form, self._loop = form, loop

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        content = request.read()

        async def ask() -> httpx.Response:
            async with self._form.client(None) as caller:
                answer = await caller.request(request.method, request.url, headers=request.headers, content=content)
                return httpx.Response(answer.status_code, headers={"content-type": answer.headers["content-type"]}, content=answer.content)

        return asyncio.run_coroutine_threadsafe(ask(), self._loop).result()


async def test_the_python_client(form: Form) -> None:
    done, silent = await form.report("completes"), await form.report("silent")
    transport = _FromThread(form, asyncio.get_running_loop())

    def use() -> None:
        with ArgusDeduperClient("http://argus.test", ACTORS["alice"]["token"], transport=transport) as deduper:
            job = deduper.wait(deduper.start(done)["jobId"], 60, 0.1)
            assert job["status"] == "completed"
            assert list(deduper.clusters(done)) == []
            began = deduper.start(silent)
            assert deduper.start(silent)["jobId"] == began["jobId"]
            assert deduper.cancel(began["jobId"], wait=True)["status"] == "cancelled"
            with pytest.raises(DeduperError) as refused:
                deduper.get("nothing")
            assert (refused.value.status, refused.value.code) == (404, "job_not_found")

    await asyncio.to_thread(use)


async def test_the_events_tab(form: Form) -> None:
    """What `frontend/src/api/deduper.ts` asks and reads, with a session cookie as browsers send it."""
    report = await form.report("completes 0.5")
    async with await form.browser() as browser:
        browser.headers["Sec-Fetch-Site"] = "same-origin"
        assert (await browser.get("/deduper/jobs", params={"lookup": "1", "reportId": report, "limit": "1"})).json()["jobs"] == []
        none = await browser.get(f"/deduper/reports/{report}/clusters", params={"limit": "200"})
        assert none.json()["code"] == "no_result"
        started = await browser.post("/deduper/jobs", json={"reportId": report})
        assert started.status_code == 201
        job = await ended(browser, started.json()["job"]["jobId"])
        assert job["status"] == "completed"
        page = (await browser.get(f"/deduper/reports/{report}/clusters")).json()
        assert {"computedAt", "stale", "items", "next_cursor"} <= set(page)
        browser.headers["Sec-Fetch-Site"] = "cross-site"
        refused = await browser.post("/deduper/jobs", json={"reportId": report})
        assert (refused.status_code, refused.json()["code"]) == (403, "cross_site_request")


async def test_the_shared_token_counts_where_the_deduper_is_served_alone(form: Form) -> None:
    report = await form.report("completes")
    async with form.client(None, Authorization=f"Bearer {SHARED}") as caller:
        started = await caller.post("/deduper/jobs", json={"reportId": report})
        if form.name.startswith("gateway"):
            assert started.status_code == 401
            return
        assert started.status_code == 201
        assert (await ended(caller, started.json()["job"]["jobId"]))["createdBy"] == "shared-token"
        assert (await caller.delete("/deduper/clear-db-table")).status_code == 403
    async with form.client(None, Authorization=f"Bearer {SHARED}", **{"X-API-Key": "argk_00000000_" + "x" * 43}) as caller:
        assert (await caller.get("/deduper/jobs/list")).status_code == 401, "the first credential decides"
    async with form.client(None, Authorization="Bearer nobody's") as caller:
        assert (await caller.get("/deduper/jobs/list")).status_code == 401


def test_every_caller_of_the_page_exists() -> None:
    rows: list[Any] = [line.split("|") for line in DOCS.read_text().splitlines() if line.startswith("| ") and "`" in line]
    named = {part for row in rows for part in row[2].split("`")[1::2]}
    assert len(named) >= 5
    assert [path for path in named if not (DOCS.parents[1] / path).exists()] == []


async def _key(form: Form, scopes: list[str]) -> str:
    """A key of bob's."""
    key, prefix, secret_hash = api_keys.new_key()
    settings = settings_for(form.folder)
    await asyncio.to_thread(prepare, settings)
    database = Database(database_url(settings))
    async with database.transaction() as session:
        bob = str(uuid.uuid5(uuid.NAMESPACE_DNS, "bob"))
        session.add(ApiKey(user_id=bob, token_prefix=prefix, secret_hash=secret_hash, label="a test", scopes=scopes))
    await database.close()
    return key


async def test_a_service_account_calls_with_a_key_of_its_scopes(form: Form) -> None:
    """The usual caller of all (docs/deduper.md#routes): a key opens what its scopes say, and a job starts by GET as well."""
    report = await form.report("completes")
    reader, writer, other = [await _key(form, scopes) for scopes in (["deduper:read"], ["deduper:write"], ["documents:read"])]
    async with form.client(None, **{"X-API-Key": reader}) as caller:
        assert (await caller.get("/deduper/jobs/list")).status_code == 200
        for refused in (await caller.post("/deduper/jobs", json={"reportId": report}), await caller.get("/deduper/jobs")):
            assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
    async with form.client(None, **{"X-API-Key": writer}) as caller:
        started = await caller.get(f"/deduper/jobs/reportId/{report}")
        assert started.status_code == 201, started.text
        assert (await ended(caller, started.json()["jobId"]))["status"] == "completed"
        assert (await caller.delete("/deduper/clear-db-table")).status_code == 403, "bob is no administrator"
    async with form.client(None, **{"X-API-Key": other}) as caller:
        assert (await caller.get("/deduper/jobs/list")).status_code == 403
    async with form.client("alice", **{"X-API-Key": "argk_00000000_" + "x" * 43}) as caller:
        wrong = await caller.get("/deduper/jobs/list")
        assert (wrong.status_code, wrong.json()["code"]) == (401, "invalid_credentials"), "the first credential decides"


async def test_a_signed_bearer_token_is_a_login(form: Form) -> None:
    settings = settings_for(form.folder)
    token = bearer.issue(settings, uuid.uuid5(uuid.NAMESPACE_DNS, "bob"))
    async with form.client(None, Authorization=f"Bearer {token}") as caller:
        assert (await caller.get("/deduper/jobs/list")).status_code == 200
