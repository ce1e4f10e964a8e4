"""The first run of docs/api.md goes as the page tells it."""

from __future__ import annotations

import json
import re
from uuid import uuid4

import httpx
import pytest

from tests.docs.markdown import FENCE, ROOT

pytestmark = pytest.mark.anyio

CALL = re.compile(r"curl -sf \"\$argus([^\"]+)\" -H \"\$auth\" --json '(.*?)'$", re.DOTALL | re.MULTILINE)


async def test_the_calls_of_the_page_are_accepted(client: httpx.AsyncClient) -> None:
    run = str(uuid4())
    script = next(text for _, language, text in FENCE.findall((ROOT / "docs/api.md").read_text()) if language == "sh")
    calls = [(path.replace("$run", run), body.replace("'$run'", run)) for path, body in CALL.findall(script)]
    assert [path.rsplit("/", 1)[1] for path, _ in calls] == ["submit", "heartbeat", "finalize"]
    for path, body in calls:
        answer = await client.post(f"/api/v1/client{path}", json=json.loads(body))
        assert (answer.status_code, answer.json()["status"]) == (200, "ok"), answer.text
    kept = (await client.get(f"/api/v1/client/testrun/generic/{run}/get")).json()["response"]
    assert (kept["status"], kept["sub_type"]) == ("passed", "pytest")
