"""Properties of every route and every kind of work, taken from the route table and from what handlers register (properties.md)."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts
from sqlalchemy import select

from argus.db.opening import opened_database
from argus.platform import kinds, message_hub, queue
from argus.platform.access import MEMBER, OWNER, Access, access_of
from argus.platform.message_hub import FAILED, HubEvent, MessageHub
from argus.platform.route import ExtensionRoute
from argus.platform.tables import WorkItem
from argus.web.features import routers
from strangler.registry import Registry, read
from tests.features.artefacts.calling import Desk
from tests.serving import ROOT, Server, serving

pytestmark = pytest.mark.anyio
PATIENCE = 30.0  # seconds
NOBODYS = "01JZ3N9M0V6Q3W8K1T5B7C2D4E"
FOLDERS = ("artefacts_health", "identity", "sign_on", "workspaces", "maintenance", "documents", "configurations", "extraction")
ALWAYS = {401, 403, 422, 429, 503}

# section 3 of the contract: what each operation answers beside ALWAYS
OPERATIONS: dict[str, set[int]] = {
    "GET /health": {200},
    "GET /health/live": {200},
    "GET /health/ready": {200},
    "POST /auth/token": {200},
    "GET /auth/me": {200},
    "POST /auth/api-keys": {201, 404, 409},
    "GET /auth/api-keys": {200},
    "DELETE /auth/api-keys/{api_key_id}": {204, 404},
    "GET /auth/sso/login": {302, 404},
    "GET /auth/sso/callback": {200, 303, 400, 404, 409, 502},
    "GET /users": {200},
    "GET /users/{user_id}": {200, 404},
    "GET /workspaces": {200},
    "POST /workspaces": {201, 409},
    "GET /workspaces/{workspace_id}": {200, 404},
    "PATCH /workspaces/{workspace_id}": {200, 404, 409},
    "DELETE /workspaces/{workspace_id}": {204, 404, 409},
    "GET /workspaces/{workspace_id}/members": {200, 404},
    "POST /workspaces/{workspace_id}/members": {201, 404, 409},
    "PATCH /workspaces/{workspace_id}/members/{user_id}": {200, 404, 409},
    "DELETE /workspaces/{workspace_id}/members/{user_id}": {204, 404, 409},
    "POST /workspaces/{workspace_id}/default": {200, 404},
    "GET /documents": {200, 400},
    "POST /documents": {200, 201, 400, 404, 413, 415, 507},
    "GET /documents/{document_id}": {200, 400, 404},
    "PATCH /documents/{document_id}": {200, 400, 404},
    "DELETE /documents/{document_id}": {204, 400, 404, 409},
    "GET /documents/{document_id}/download": {200, 400, 404, 410, 500},
    "GET /documents/{document_id}/events": {200, 400, 404},
    "GET /documents/{document_id}/tables": {200, 400, 404},
    "GET /configurations": {200, 400},
    "POST /configurations": {201, 400},
    "GET /configurations/{configuration_id}": {200, 400, 404},
    "DELETE /configurations/{configuration_id}": {204, 400, 404, 409},
    "POST /configurations/{configuration_id}/activate": {200, 400, 404},
    "GET /configurations/{configuration_id}/events": {200, 400, 404},
    "GET /jobs": {200, 400},
    "POST /jobs": {201, 400, 404, 409},
    "GET /jobs/{job_id}": {200, 400, 404},
    "GET /jobs/{job_id}/events": {200, 400, 404},
    "POST /jobs/{job_id}/cancel": {200, 400, 404, 409},
    "POST /jobs/{job_id}/retry": {201, 400, 404, 409},
    "GET /jobs/{job_id}/tables": {200, 400, 404, 409},
    "GET /jobs/{job_id}/tables/{table_id}": {200, 400, 404},
    "GET /jobs/{job_id}/tables/{table_id}/rows": {200, 400, 404},
    "GET /jobs/{job_id}/tables/{table_id}/export": {200, 400, 404, 409},
    "POST /jobs/{job_id}/tables/{table_id}/publish": {200, 400, 404},
    "GET /events": {200, 400},
    "GET /events/{event_id}": {200, 400, 404},
    "POST /maintenance/purge": {202},
    "GET /maintenance/status": {200},
}


@pytest.fixture(scope="module")
async def argus(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[Server]:
    free: dict[str, Any] = dict.fromkeys(("RATE_READS", "RATE_WRITES", "RATE_UPLOADS", "RATE_LOGINS"), "100000/minute")
    async with serving(tmp_path_factory.mktemp("properties"), **free) as running:
        yield running


def routes() -> Iterator[tuple[str, str, Access]]:
    """Method, path with somebody's ids, and what it needs, of every extension route."""
    for router in routers():
        for each in iter_route_contexts(router.routes):
            if isinstance(each.original_route, ExtensionRoute):
                path = re.sub(r"\{\w+\}", NOBODYS, str(each.path))
                for method in sorted(each.methods or ()):
                    yield method, path, access_of(each.original_route.endpoint)


async def test_every_route_asks_who_calls_then_in_which_workspace(argus: Server) -> None:
    counted = 0
    async with argus.client(None) as nobody, argus.client("alice") as alice, argus.client("bob") as bob, argus.client("carol") as carol:
        theirs = (await alice.post("/workspaces", json={"name": "hers"})).json()["workspace_id"]
        for method, path, access in routes():
            if access.public:
                continue
            answer = await nobody.request(method, path)
            assert (answer.status_code, answer.json()["code"]) == (401, "authentication_required"), f"{method} {path}"
            counted += 1
            if not access.workspace:
                continue
            answer = await bob.request(method, path, headers={"X-Workspace-ID": theirs})
            assert (answer.status_code, answer.json()["code"]) == (403, "workspace_forbidden"), f"{method} {path}"
            answer = await carol.request(method, path)
            assert (answer.status_code, answer.json()["code"]) == (400, "workspace_required"), f"{method} {path}"
            counted += 2
    assert counted > 90


async def test_the_document_tells_of_every_operation_with_its_statuses_and_of_no_other(argus: Server) -> None:
    described = argus.app.fastapi_app.openapi()["paths"]
    paths = {str(each.path) for router in routers() for each in iter_route_contexts(router.routes) if _is_ours(each, router)}
    found = {f"{method.upper()} {path}": operation for path in paths for method, operation in described[path].items()}
    assert found.keys() == OPERATIONS.keys()
    wrong = {
        name: sorted((statuses | ALWAYS) ^ {int(status) for status in found[name]["responses"]})
        for name, statuses in OPERATIONS.items()
        if not statuses | ALWAYS <= {int(status) for status in found[name]["responses"]}
    }
    assert wrong == {}
    assert [name for name, operation in found.items() if not operation.get("summary") or not operation.get("tags")] == []


def _is_ours(context: Any, router: Any) -> bool:
    return isinstance(context.original_route, ExtensionRoute) and set(context.original_route.tags) <= {*FOLDERS, "health"}


async def test_the_id_of_a_request_is_that_of_what_it_puts_into_the_queue(argus: Server) -> None:
    async with argus.client("alice") as client:
        desk = await Desk.of(argus, client, "alice")
        document = await desk.upload("a.csv", "a,b\n1,2\n")
        made = await client.post("/jobs", json={"document_id": document["document_id"]}, headers={"X-Correlation-ID": "from-afar.1"})
        assert made.status_code == 201
        async with (await opened_database(argus.runtime)).reading() as session:
            items = await session.scalars(select(WorkItem).where(WorkItem.request_id == "from-afar.1"))
            assert [item.payload["job_id"] for item in items] == [made.json()["job_id"]]
        await desk.ended(made.json()["job_id"])
        events = (await desk.json("GET", f"/jobs/{made.json()['job_id']}/events"))["items"]
        assert {event["request_id"] for event in events} == {"from-afar.1"}


async def test_a_subscriber_that_fails_or_hangs_is_nobody_else_s_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message_hub, "LIMIT", 0.05)
    hub, seen = MessageHub(), list[str]()

    async def fails(event: HubEvent) -> None:
        raise RuntimeError("no luck")

    async def hangs(event: HubEvent) -> None:
        await asyncio.sleep(3600)

    async def takes(event: HubEvent) -> None:
        seen.append(event.entity_id + str(event.data["n"]))

    for handler in (fails, hangs, takes):
        hub.subscribe("job.*", handler)
    before = FAILED.labels("job.x")._value.get()
    for n in range(3):
        for entity in ("a", "b"):
            hub.publish(HubEvent("job.x", "job", entity, {"n": n}))
    hub.publish(HubEvent("other.x", "job", "a", {"n": 9}))
    until = time.monotonic() + PATIENCE
    while len(seen) < 6:
        assert time.monotonic() < until, seen
        await asyncio.sleep(0.01)
    assert [each for each in seen if each[0] == "a"] == ["a0", "a1", "a2"], "in order for each entity"
    while hub._waiting:
        await asyncio.sleep(0.01)
    assert FAILED.labels("job.x")._value.get() == before + 12


async def test_a_payload_that_means_nothing_ends_every_kind_of_work_in_a_named_error(
    argus: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "BACK_OFF", (0.02,))
    kinds.load_handlers()
    database = await opened_database(argus.runtime)
    ids: dict[str, str] = {}
    async with database.transaction() as session:
        for name in sorted(name for name in kinds._kinds if not name.startswith("test.")):
            ids[name] = (await queue.put(session, name, {"nothing": "of use"})).id
    assert {"jobs.process", "maintenance.purge"} <= ids.keys()
    until = time.monotonic() + PATIENCE
    for name, item_id in ids.items():
        while True:
            async with database.reading() as session:
                item = await session.get_one(WorkItem, item_id)
            if item.state in ("done", "failed", "cancelled"):
                break
            assert time.monotonic() < until, f"{name} is {item.state} {item.error}"
            await asyncio.sleep(0.05)
        assert item.state == "failed", name
        assert item.error is not None, name
        assert item.error["code"], name


def switched_off(folder: str) -> Registry:
    whole = read(ROOT / "migration_status.yaml")
    groups = {name: group.model_copy(update={"enabled": name != folder}) for name, group in whole.blueprints.items()}
    return whole.model_copy(update={"blueprints": groups})


async def test_a_folder_that_is_switched_off_is_away_whole_alone_and_with_its_data(argus: Server) -> None:
    table = argus.app.table
    async with argus.client("alice") as client:
        desk = await Desk.of(argus, client, "alice")
        document = await desk.upload("kept.csv", "a,b\n3,4\n")
        shown = f"/documents/{document['document_id']}"
        for folder in FOLDERS:
            argus.app.live.table = argus.app.compiled(switched_off(folder))
            try:
                for name in FOLDERS:
                    for route in read(ROOT / "migration_status.yaml").blueprints[name].routes:
                        for method in set(route.methods) - {"WS"}:
                            path = re.sub(r"<[^>]+>", NOBODYS, route.path)
                            answer = await client.request(method, path)
                            off = answer.status_code == 503 and answer.json().get("code") == "feature_disabled"
                            assert off is (name == folder), f"{method} {path} while {folder} is off: {answer.status_code}"
            finally:
                argus.app.live.table = table
        assert (await desk.json("GET", shown))["sha256"] == document["sha256"]


async def test_whoever_makes_a_workspace_and_who_joins_may_what_the_contract_says(argus: Server) -> None:
    """Plain and from a team; those of a sign-on are looked at where signing on is."""
    async with argus.client("bob") as bob, argus.client("carol") as carol:
        plain = (await bob.post("/workspaces", json={"name": "plain"})).json()
        carol_id = (await carol.get("/auth/me")).json()["user_id"]
        joined = await bob.post(f"/workspaces/{plain['workspace_id']}/members", json={"user_id": carol_id})
        assert joined.status_code == 201
        seen = (await carol.get(f"/workspaces/{plain['workspace_id']}")).json()
        assert (plain["role"], set(plain["permissions"])) == ("owner", set(OWNER))
        assert (seen["role"], set(seen["permissions"])) == ("member", set(MEMBER))


def test_every_property_names_a_test_that_there_is() -> None:
    text = (Path(__file__).parent / "properties.md").read_text()
    named = re.findall(r"`(?:(?P<file>[\w/.]+\.py))::(?P<test>\w+)`", text)
    assert len(named) >= 30
    for file, test in named:
        found = [path for path in (Path(__file__).parent / file, ROOT / file) if path.is_file()]
        assert found, file
        assert re.search(rf"^(async )?def {test}\(", found[0].read_text(), re.M), f"{file}::{test}"
    rows = re.findall(r"^\| (\d+) \|", text, re.M)
    assert rows == [str(number) for number in range(1, 31)]
