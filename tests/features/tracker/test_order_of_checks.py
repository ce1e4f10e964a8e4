"""Which of a caller's mistakes is told first, on every writing route of the API.

A client that sends too little learns one key at a time, and whether what its ids name exists is told before, between or after them. The
order is part of the contract: `order_of_checks.yaml` holds it, for ids of what there is, of what there is not, and for ids that are none.
To write it anew after a deliberate change: `ORDER_OF_CHECKS=write`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import yaml

from argus.models.user import User
from tests.features.tracker.growing import growing
from tests.features.tracker.making import Made, answered, make
from tests.serving import ROOT, Server

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(400)]

PAGE = Path(__file__).with_name("order_of_checks.yaml")
REGISTRY = ROOT / "migration_status.yaml"
ELSEWHERE = ("/auth/", "/profile/", "/api/v1/zeus/", "/api/v1/client/replay/", "/deduper/")
"""Forms, relays and archives have no JSON body; the deduper's answers have statuses of their own."""
SCT = "scylla-cluster-tests"
KINDS: dict[str, Callable[[str], str]] = {"there": str, "missing": lambda _: str(uuid4()), "malformed": lambda _: "bad"}


class World:
    """Something of everything that ids can name."""

    def __init__(self, made: Made, ids: dict[str, str]) -> None:
        self.made, self.ids = made, ids

    def values(self, kind: Callable[[str], str]) -> dict[str, Any]:
        """What to send for a key, by its name."""
        named = {key: kind(self.ids[what]) for what, keys in KEYS.items() for key in keys}
        return {**named, "new_status": "passed", "status": "passed", "tests": [], "groups": [], "members": [], "participants": []}


KEYS = {
    "release": ("release_id", "releaseId", "target", "id"),
    "group": ("group_id", "groupId", "group", "new_group_id"),
    "test": ("test_id", "testId", "currentTestId", "entityId"),
    "run": ("run_id",),
    "view": ("view_id", "viewId"),
    "user": ("leader", "owner", "newOwner", "assignee"),
}


async def world(server: Server, client: httpx.AsyncClient) -> World:
    made = await make(client)
    test = await made.new_test("t")
    run = await made.new_run("t")
    cluster = str(uuid4())
    body: dict[str, Any] = {
        "schema_version": "v8",
        "run_id": cluster,
        "job_name": made.job("t"),
        "job_url": "https://ci/1/",
        "started_by": "ci",
    }
    body |= {"commit_id": "a", "sct_config": None, "origin_url": None, "branch_name": None}
    await answered(client.post(f"/api/v1/client/testrun/{SCT}/submit", json=body))
    view = {"name": f"view-{made.id}", "items": [f"test:{test}"], "settings": "[]", "description": "", "displayName": "v"}
    view_id = (await answered(client.post("/api/v1/views/create", json=view)))["id"]
    user = User(username=f"u-{made.id}", full_name="U", email=f"{made.id}@example.com", password="", roles=["ROLE_USER"])
    await server.store.save(user)
    ids = {"release": made.id, "group": made.group, "test": test, "run": run, "cluster run": cluster, "view": view_id, "user": str(user.id)}
    return World(made, ids)


def address(template: str, here: World, kind: Callable[[str], str]) -> str:
    """A path with ids in it. What this world has none of (comments, plans, teams) is missing where it should be there."""
    nowhere = str(uuid4())
    run = here.ids["cluster run" if "/sct/" in template else "run"]
    ids = {"test_id": here.ids["test"], "run_id": run, "user_id": here.ids["user"], "name": "housekeeping"}
    names = ("comment_id", "event_id", "plan_id", "team_id", "tunnel_id", "key_id")
    parts = {name: kind(ids.get(name, nowhere)) for name in (*ids, *names)}
    return template.format(**parts, run_type="generic", resource_name="r")


def ours_alone() -> set[str]:
    """Paths that were never Flask's: no client of the contract knows an order for them."""
    registry = yaml.safe_load(REGISTRY.read_text())
    routes = [route for group in registry["blueprints"].values() for route in group["routes"]]
    return {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route["path"]) for route in routes if "owner" in route and "endpoint" not in route}


async def test_mistakes_are_told_in_this_order(server: Server, client: httpx.AsyncClient) -> None:
    paths: dict[str, Any] = server.app.fastapi_app.openapi()["paths"]
    shared = {path: methods for path, methods in paths.items() if path not in ours_alone()}
    routes = [(method.upper(), path) for path, methods in shared.items() for method in methods if method != "get"]
    found: dict[str, dict[str, list[str]]] = {}
    here = await world(server, client)
    for method, path in sorted(routes):
        if path.startswith(ELSEWHERE) or path == "/api/v1/terminate_stuck_runs":
            continue
        told = {name: await growing(client, method, address(path, here, kind), here.values(kind)) for name, kind in KINDS.items()}
        found[f"{method} {path}"] = told
        if "ok" in told["there"]:  # it may have changed what the next one is asked of
            here = await world(server, client)
    if os.environ.get("ORDER_OF_CHECKS") == "write":
        PAGE.write_text(yaml.safe_dump(found, sort_keys=True, width=140, default_flow_style=None))
    expected = yaml.safe_load(PAGE.read_text())
    assert set(found) == set(expected)
    assert {route: told for route, told in found.items() if told != expected[route]} == {}
