"""The calls of docs/platform.md go as the page tells them."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.docs.markdown import FENCE, ROOT
from tests.features.artefacts.calling import Desk
from tests.features.tracker.making import make
from tests.serving import serving

pytestmark = pytest.mark.anyio

CALL = re.compile(
    r"""^curl -sf "\$argus(?P<path>[^"]+)" -H "\$auth"(?: --json '(?P<json>.*)')?(?P<form>(?: -F \S+)*)\n# (?P<status>\d+)""", re.MULTILINE
)
LATENCY = "op,P99 write\ninsert,4.2\nupdate,5.1\n"
IDS = {"document": "document_id", "job": "job_id", "table": "table_id"}


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(tmp_path, "fastapi") as server, server.client("alice") as caller:
        yield caller


async def test_the_calls_of_the_page_are_answered_as_it_says(client: httpx.AsyncClient) -> None:
    text = next(text for _, language, text in FENCE.findall((ROOT / "docs/platform.md").read_text()) if language == "sh")
    calls = list(CALL.finditer(text))
    assert len(calls) == text.count("curl ") == 7
    made = await make(client)
    await made.new_test("page")
    known = {"run": await made.new_run("page")}
    for call in calls:
        answer = await send(client, call, known)
        assert answer.status_code == int(call["status"]), f"{call[0]}: {answer.text}"
        if answer.headers["content-type"] != "application/json":
            continue
        told = answer.json()
        known |= {name: (told["items"][0] if "items" in told else told).get(key) or known.get(name, "") for name, key in IDS.items()}
        if "workspace_id" in told:
            client.headers["X-Workspace-ID"] = told["workspace_id"]
        if call["path"] == "/jobs":
            await Desk(client, "").ended(known["job"])
    assert told == {"status": "ok", "message": "Results submitted"}


async def send(client: httpx.AsyncClient, call: re.Match[str], known: dict[str, str]) -> httpx.Response:
    """A call, with what earlier ones gave in the place of its variables."""

    def filled(part: str) -> str:
        return re.sub(r"'?\$(\w+)'?", lambda name: known[name[1]], part)

    if call["json"]:
        return await client.post(filled(call["path"]), json=json.loads(filled(call["json"])))
    if call["form"]:
        fields = dict(part.split("=", 1) for part in re.findall(r"-F (\S+)", call["form"]))
        name = fields.pop("file").removeprefix("@")
        return await client.post(call["path"], files={"file": (name, LATENCY)}, data=fields)
    return await client.get(filled(call["path"]))
