"""Releases, groups, tests and runs, made through the API as an administrator makes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

ADMIN = "/admin/api/v1"


async def answered(request: Any) -> Any:
    """The payload of a call that succeeds."""
    answer: httpx.Response = await request
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["status"] == "ok", body
    return body["response"]


async def refused(request: Any) -> tuple[str, list[Any]]:
    """Exception and arguments of a call that fails."""
    answer: httpx.Response = await request
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["status"] == "error", body
    return body["response"]["exception"], body["response"]["arguments"]


@dataclass
class Made:
    """A release with one group."""

    client: httpx.AsyncClient
    name: str = field(default_factory=lambda: f"rel-{uuid4().hex[:12]}")
    id: str = ""
    group: str = ""

    async def new_group(self, name: str) -> str:
        body = {"group_name": name, "pretty_name": name, "build_system_id": f"{self.name}/{name}", "release_id": self.id}
        return str((await answered(self.client.post(f"{ADMIN}/group/create", json=body)))["new_group"]["id"])

    async def new_test(self, name: str, group: str | None = None, plugin: str = "generic") -> str:
        body = {
            "test_name": name,
            "pretty_name": None,
            "build_id": self.job(name),
            "build_url": "https://ci/job/",
            "group_id": group or self.group,
            "release_id": self.id,
            "plugin_name": plugin,
        }
        return str((await answered(self.client.post(f"{ADMIN}/test/create", json=body)))["new_test"]["id"])

    def job(self, name: str) -> str:
        return f"{self.name}/g/{name}"

    async def new_run(self, name: str, number: int = 1, **values: Any) -> str:
        """A generic run of a test's job."""
        run_id = str(uuid4())
        body = {"run_id": run_id, "build_id": self.job(name), "build_url": f"https://ci/job/{number}/", "started_by": "ci", **values}
        await answered(self.client.post("/api/v1/client/testrun/generic/submit", json=body))
        return run_id

    async def stats(self, **query: Any) -> dict[str, Any]:
        found = await answered(
            self.client.get("/api/v1/release/stats/v2", params={"release": self.name, "limited": 0, "force": 0, **query})
        )
        return dict(found)


async def make(client: httpx.AsyncClient) -> Made:
    """A new release with a group called `g`."""
    made = Made(client)
    body = {"release_name": made.name, "pretty_name": None, "perpetual": False}
    made.id = (await answered(client.post(f"{ADMIN}/release/create", json=body)))["new_release"]["id"]
    made.group = await made.new_group("g")
    return made
