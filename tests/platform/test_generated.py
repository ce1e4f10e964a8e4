"""Requests made up from the OpenAPI document, of every operation of section 3: none is a 500, and every answer is as it is documented."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import anyio
import anyio.from_thread
import anyio.to_thread
import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from tests.features.artefacts import making
from tests.features.artefacts.calling import Desk
from tests.platform.test_properties import OPERATIONS
from tests.serving import Server, serving

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(900)]
EXAMPLES = int(os.environ.get("EXAMPLES", "12"))  # of each operation
CREDENTIALS = ("authorization", "cookie", "x-api-key")  # made up ones would decide before anything else is looked at
CHECKS: list[Any] = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@dataclass
class Made:
    """A server, a caller, and ids of what there is."""

    server: Server
    client: httpx.AsyncClient
    ids: dict[str, str]


@pytest.fixture(scope="module")
async def made(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[Made]:
    free: dict[str, Any] = dict.fromkeys(("RATE_READS", "RATE_WRITES", "RATE_UPLOADS", "RATE_LOGINS"), "100000/minute")
    async with serving(tmp_path_factory.mktemp("generated"), "fastapi", **free) as server, server.client("alice") as client:
        desk = await Desk.of(server, client, "alice")
        job = await desk.read("a.pdf", making.two_tables())
        ids = {name: job[name] for name in ("job_id", "document_id", "configuration_id")}
        ids |= {"table_id": (await desk.tables(job["job_id"]))[0]["table_id"], "workspace_id": desk.workspace}
        ids["user_id"] = (await desk.json("GET", "/auth/me"))["user_id"]
        ids["event_id"] = (await desk.json("GET", "/events"))["items"][0]["event_id"]
        yield Made(server, client, ids)


async def test_whatever_is_asked_is_answered_as_documented(made: Made) -> None:
    document = made.server.app.fastapi_app.openapi()
    schema = schemathesis.openapi.from_dict(document)
    wrong: list[str] = []
    asked: dict[str, int] = {}

    def play(name: str, operation: Any) -> None:
        @seed(7)
        @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
        @given(case=operation.as_strategy())
        def one(case: Any) -> None:
            asked[name] = asked.get(name, 0) + 1
            if asked[name] % 2:
                case.path_parameters = {key: made.ids.get(key, value) for key, value in (case.path_parameters or {}).items()}
            answer = anyio.from_thread.run(send, case)
            try:
                case.validate_response(answer, checks=CHECKS)
            except BaseException as fault:
                wrong.append(f"{name}: {answer.status_code} {answer.text[:300]!r}: {' '.join(str(fault).split())[:600]}")

        one()

    async def send(case: Any) -> httpx.Response:
        prepared = requests.Request(**case.as_transport_kwargs(base_url="http://argus.test")).prepare()
        headers = {
            key: str(value) for key, value in prepared.headers.items() if key.lower() not in ("authorization", "cookie", "x-api-key")
        }
        body: Any = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body
        headers["X-Workspace-ID"] = made.ids["workspace_id"]
        return await made.client.request(str(prepared.method), str(prepared.url), headers=headers, content=body)

    for found in schema.get_all_operations():
        operation: Any = found.ok()  # type: ignore[union-attr]
        name = f"{operation.method.upper()} {operation.path}"
        if name in OPERATIONS:
            await anyio.to_thread.run_sync(play, name, operation)
    assert wrong == [], f"{len(wrong)} of {sum(asked.values())}"
    assert asked.keys() == OPERATIONS.keys()
    print(f"{sum(asked.values())} requests of {len(asked)} operations")
