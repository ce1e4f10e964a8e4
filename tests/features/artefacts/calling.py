"""What callers of the artefacts do: a workspace, uploads, jobs and their end."""

from __future__ import annotations

import asyncio
import time
import uuid
from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx
from sqlalchemy import select

from argus.db.base import moment
from argus.db.opening import opened_database
from argus.platform.tables import Event, Workspace, WorkspaceMember
from tests.features.artefacts import making
from tests.serving import Server

_numbers = count(1)
ENDED = ("success", "failed", "cancelled")


@dataclass
class Desk:
    """A caller in a workspace."""

    client: httpx.AsyncClient
    workspace: str

    @classmethod
    async def of(cls, server: Server, client: httpx.AsyncClient, actor: str) -> Desk:
        """A caller in a new workspace of their own."""
        user_id = str(uuid.uuid5(uuid.NAMESPACE_DNS, actor))
        database = await opened_database(server.runtime)
        async with database.transaction() as session:
            workspace = Workspace(owner_id=user_id, name=f"desk {next(_numbers)}")
            session.add(workspace)
            await session.flush()
            member = {"workspace_id": workspace.id, "user_id": user_id, "role": "owner", "is_default": False, "joined_at": moment()}
            session.add(WorkspaceMember(**member))
        client.headers["X-Workspace-ID"] = workspace.id
        return cls(client, workspace.id)

    async def join(self, server: Server, client: httpx.AsyncClient, actor: str, role: str = "member") -> Desk:
        """Somebody else in the same workspace."""
        database = await opened_database(server.runtime)
        async with database.transaction() as session:
            member = {"workspace_id": self.workspace, "user_id": str(uuid.uuid5(uuid.NAMESPACE_DNS, actor)), "role": role}
            session.add(WorkspaceMember(**member, is_default=False, joined_at=moment()))
        client.headers["X-Workspace-ID"] = self.workspace
        return Desk(client, self.workspace)

    async def json(self, method: str, path: str, status: int = 200, **options: Any) -> Any:
        """The answer's JSON, of the status that is expected."""
        answer = await self.client.request(method, path, **options)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text[:2000]}"
        return answer.json() if answer.content else None

    async def refused(self, status: int, method: str, path: str, **options: Any) -> str:
        """The code of a refusal of that status."""
        body = await self.json(method, path, status, **options)
        assert body["error"] == body["detail"]
        assert body["request_id"]
        return str(body["code"])

    async def upload(self, name: str = "latency.pdf", content: bytes | str | None = None, status: int = 201, **fields: str) -> Any:
        data = making.two_tables() if content is None else content
        return await self.json("POST", "/documents", status, files={"file": (name, data)}, data=fields)

    async def configuration(self, document_type: str = "report", title: str = "as it is", **payload: Any) -> Any:
        body = {"document_type": document_type, "title": title, "payload": payload}
        return await self.json("POST", "/configurations", 201, json=body)

    async def job(self, document_id: str, **body: Any) -> Any:
        return await self.json("POST", "/jobs", 201, json={"document_id": document_id, **body})

    async def ended(self, job_id: str, seconds: float = 60) -> Any:
        """The job once it has ended."""
        until = time.monotonic() + seconds
        while (job := await self.json("GET", f"/jobs/{job_id}"))["status"] not in ENDED:
            assert time.monotonic() < until, job
            await asyncio.sleep(0.05)
        return job

    async def read(self, name: str, content: bytes | str, **body: Any) -> Any:
        """A document's job, at its end."""
        document = await self.upload(name, content)
        return await self.ended((await self.job(document["document_id"], **body))["job_id"])

    async def tables(self, job_id: str) -> list[Any]:
        found: list[Any] = (await self.json("GET", f"/jobs/{job_id}/tables"))["items"]
        return found

    async def rows(self, table: Any) -> list[list[str]]:
        """Every row, read page by page."""
        path = f"/jobs/{table['job_id']}/tables/{table['table_id']}/rows"
        page = await self.json("GET", path)
        items = page["items"]
        while page["next_cursor"]:
            page = await self.json("GET", path, params={"cursor": page["next_cursor"]})
            items += page["items"]
        assert [item["row_index"] for item in items] == list(range(len(items)))
        return [item["cells"] for item in items]

    async def events(self, path: str) -> list[str]:
        """Types of a timeline, the oldest first."""
        found = await self.json("GET", f"{path}/events", params={"limit": 200})
        return [event["event_type"] for event in reversed(found["items"])]


async def told(server: Server, workspace: str) -> list[Event]:
    """Every event of a workspace, the oldest first, as the database has them."""
    database = await opened_database(server.runtime)
    async with database.reading() as session:
        return list(await session.scalars(select(Event).where(Event.workspace_id == workspace).order_by(Event.event_id)))
