"""Where a queued build stands, for both kinds of clients (docs/contract/testrun.md#jenkins)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.features.tracker.making import answered, refused
from tests.serving import Server

pytestmark = pytest.mark.anyio

API = "/api/v1/jenkins/queue_info"
RUNNING = {"_class": "org.jenkinsci.plugins.workflow.job.WorkflowRun", "number": 7, "url": "https://ci/job/a/7/"}
WAITING = {"why": "Waiting for an executor", "inQueueSince": 1717243200000, "taskUrl": "https://ci/job/a/"}
ITEMS: dict[str, Any] = {
    "1": {"executable": RUNNING, "why": None, "task": {"url": "https://ci/job/a/"}},
    "2": {"why": WAITING["why"], "inQueueSince": WAITING["inQueueSince"], "task": {"url": WAITING["taskUrl"]}},
}


@pytest.fixture(autouse=True)
def jenkins(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Jenkins with two builds in its queue."""

    def answer(request: httpx.Request) -> httpx.Response:
        item = ITEMS.get(request.url.path.removeprefix("/queue/item/").removesuffix("/api/json"))
        return httpx.Response(200, json=item) if item else httpx.Response(404)

    monkeypatch.setattr(server.runtime, "http", httpx.AsyncClient(transport=httpx.MockTransport(answer)))


@pytest.mark.parametrize(("number", "found"), [("1", RUNNING), ("2", WAITING)])
async def test_pages_and_the_command_line_are_both_told(client: httpx.AsyncClient, number: str, found: dict[str, Any]) -> None:
    assert await answered(client.get(API, params={"queueItem": number})) == {**found, "queueItem": found}


@pytest.mark.parametrize(
    ("number", "exception", "argument"),
    [
        ("", "Exception", "No queueItem provided"),
        ("x", "ValueError", "invalid literal for int() with base 10: 'x'"),
        ("3", "NotFoundException", "queue number[3] does not exist"),
    ],
)
async def test_a_number_that_is_none(client: httpx.AsyncClient, number: str, exception: str, argument: str) -> None:
    assert await refused(client.get(API, params={"queueItem": number})) == (exception, [argument])
