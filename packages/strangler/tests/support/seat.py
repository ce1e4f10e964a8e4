"""An operator before a gateway whose console may be used by whoever says a name."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from starlette.requests import Request

from strangler.console.app import Console
from strangler.evidence import table_of
from strangler.gateway import Gateway
from strangler.registry import parse
from strangler.shadow_record import Found, Sample, ShadowRecord
from support.gateways import make_gateway, running
from support.pair import REGISTRY, make_fastapi

POLICY = """\
    canary: {percent: 0, sticky: session}
    guard: {max_error_rate: 0.02, min_requests: 20, window: 60}
"""
SOURCE = REGISTRY.replace("  runs: # the runs\n    owner: flask\n", f"  runs: # the runs\n    owner: flask\n{POLICY}")
NOW = datetime.now(UTC).isoformat(timespec="seconds")
RUNS = parse(REGISTRY).blueprints["runs"]
CLEAN = {
    "requests": 10,
    "differences": 0,
    "failures": 0,
    "time": NOW,
    "routes": {f"{method} {route.path}": 5 for route in RUNS.routes for method in route.methods},
    "table": table_of(RUNS),
}


async def operator(request: Request) -> str | None:
    """Whoever says a name."""
    return request.headers.get("x-operator")


class Seat:
    """An operator before a gateway."""

    def __init__(self, gateway: Gateway, client: httpx.AsyncClient) -> None:
        self.gateway = gateway
        self.client = client

    async def state(self, *opened: str) -> dict[str, Any]:
        answer = await self.client.get("/migration/state", params={"open": ",".join(opened)})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()["response"]
        return found

    async def row(self, name: str) -> dict[str, Any]:
        return next(each for each in (await self.state())["blueprints"] if each["name"] == name)

    async def do(self, action: str, name: str, **values: Any) -> httpx.Response:
        values.setdefault("seen", (await self.row(name))["seen"])
        return await self.client.post(f"/migration/{action}", json={"blueprint": name, **values})

    async def done(self, action: str, name: str, **values: Any) -> Any:
        answer = await self.do(action, name, **values)
        assert answer.status_code == 200, answer.text
        return answer.json()["response"]["changed"]

    async def refused(self, action: str, name: str, **values: Any) -> tuple[int, str, str]:
        """Status, exception and message; nothing may have changed."""
        before = await self.gateway.control.state.overrides(), await self.gateway.control.state.journal()
        answer = await self.do(action, name, **values)
        assert (await self.gateway.control.state.overrides(), await self.gateway.control.state.journal()) == before
        told = answer.json()["response"]
        return answer.status_code, told["exception"], told["message"]

    async def lane(self, path: str) -> str:
        return (await self.client.get(path)).headers["x-lane-lane"]


@asynccontextmanager
async def seated(tmp_path: Path, source: str = SOURCE, **options: Any) -> AsyncIterator[Seat]:
    app = make_fastapi()
    app.mount("/migration", Console(operator, parity=tmp_path / "parity.json", commands={"cutover": "move {name}"}))
    gateway = make_gateway(fastapi_app=app, source=parse(source), **options)
    if gateway.lane is None:
        gateway.control.start()
    try:
        async with running(gateway) as client:
            client.headers["x-operator"] = "ann"
            yield Seat(gateway, client)
    finally:
        await gateway.control.stop()


def clean(tmp_path: Path, **blueprints: Any) -> None:
    (tmp_path / "parity.json").write_text(json.dumps({"version": 1, "blueprints": blueprints}))


def record(blueprint: str, *differences: Found) -> dict[str, Any]:
    listed = parse(REGISTRY).blueprints[blueprint].routes
    routes = {f"GET {route.path}": 20 for route in listed}
    return ShadowRecord(blueprint, "2026-03-01T10:00:00+00:00", compared=40, differences=differences, routes=routes, last=NOW).as_dict()


DIFFERENCE = Found("GET", "/runs/", "name", 3, 0, (Sample("2026-03-01T10:00:00+00:00", "/runs/?q=1", "'a'", "'<b>'"),))
