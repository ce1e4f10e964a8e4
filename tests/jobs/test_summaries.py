"""Summaries by a language model: off by default, bounded, never in the way of the embedding."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from argus.integrations import remote
from argus.jobs.embedding import run_once
from argus.jobs.summaries import prompt_of, summaries_of
from argus.jobs.summary_prompts import PROMPTS
from argus.kit.settings import Settings
from argus.models.sct_event import SCTErrorEventEmbedding, SCTEvent
from argus.plugins.sct.events import submit_events
from argus.plugins.sct.plugin import PLUGIN
from argus.runtime import Runtime
from argus.storage.statements import select
from tests.domain.opened import opened

pytestmark = pytest.mark.anyio

ON = {"EVENT_SUMMARIZATION_ENABLED": True, "OPENAI_API_KEY": "secret-key", "EVENT_SUMMARIZATION_MIN_TOKENS": 5}
LONG = "the compaction of keyspace one failed with an error in shard seven"
Handler = Callable[[httpx.Request], httpx.Response]


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "BACKOFF_SECONDS", 0.001)


@asynccontextmanager
async def model(handler: Handler, **settings: Any) -> AsyncIterator[Runtime]:
    async with opened(PLUGIN, **{**ON, **settings}) as runtime:
        await runtime.http.aclose()
        runtime.http = httpx.AsyncClient(transport=httpx.MockTransport(handler))
        yield runtime


def says(text: str) -> Handler:
    return lambda request: httpx.Response(200, json={"choices": [{"message": {"content": text}}], "usage": {"prompt_tokens": 9}})


async def embedded(runtime: Runtime, *messages: str) -> UUID:
    run_id = uuid4()
    common = {"run_id": "x", "severity": "ERROR", "event_type": "E"}
    await submit_events(runtime, str(run_id), [{**common, "ts": i, "message": text} for i, text in enumerate(messages)])
    await run_once(runtime)
    await runtime.settle()
    return run_id


async def summaries(runtime: Runtime, run_id: UUID) -> list[str | None]:
    return [event.summary for event in await runtime.store.all(select(SCTEvent).where(run_id=run_id, severity="ERROR"))]


async def test_a_long_event_is_summarised_and_its_message_stays() -> None:
    asked: list[Any] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append((request.headers["authorization"], json.loads(request.content)))
        return says("  short  ")(request)

    async with model(answer) as runtime:
        run_id = await embedded(runtime, LONG, "too short")
        assert await summaries(runtime, run_id) == ["short", None]
        event = await runtime.store.get(SCTEvent, run_id=run_id, severity="ERROR", ts=datetime(1970, 1, 1))
        assert event.message == LONG
    ((key, body),) = asked
    assert key == "Bearer secret-key"
    assert body["model"] == "gpt-5.6-terra"
    assert [message["content"] for message in body["messages"]] == [PROMPTS["v1_surgical"], LONG]


async def test_a_repeat_is_not_summarised() -> None:
    calls = 0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal calls
        calls += 1
        return says("short")(request)

    async with model(answer) as runtime:
        run_id = await embedded(runtime, LONG, LONG)
        assert sorted(await summaries(runtime, run_id), key=str) == [None, "short"]
    assert calls == 1


@pytest.mark.parametrize("status", [400, 500])
async def test_a_model_that_fails_costs_nothing_but_the_summary(status: int) -> None:
    calls = 0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal calls
        calls += 1
        return httpx.Response(status, text="no")

    async with model(answer) as runtime:
        run_id = await embedded(runtime, LONG)
        assert await summaries(runtime, run_id) == [None]
        assert len(await runtime.store.all(select(SCTErrorEventEmbedding).where(run_id=run_id))) == 1
        assert summaries_of(runtime).outcomes == {"failed": 1}
    assert calls == (1 if status == 400 else 6)


@pytest.mark.parametrize(
    "answer", [says(""), lambda request: httpx.Response(200, text="<html>"), lambda request: httpx.Response(200, json=[])]
)
async def test_an_answer_without_text_is_none(answer: Handler) -> None:
    async with model(answer) as runtime:
        assert await summaries(runtime, await embedded(runtime, LONG)) == [None]
        assert summaries_of(runtime).waiting == 0


async def test_what_does_not_fit_into_the_backlog_is_dropped() -> None:
    async with model(says("short"), EVENT_SUMMARIZATION_MAX_BACKLOG=1) as runtime:
        summaries_of(runtime).waiting = 1
        assert await summaries(runtime, await embedded(runtime, LONG)) == [None]
        assert summaries_of(runtime).outcomes == {"dropped": 1}


@pytest.mark.parametrize("settings", [{"EVENT_SUMMARIZATION_ENABLED": False}, {"OPENAI_API_KEY": None}])
async def test_without_switch_and_key_nobody_is_asked(settings: dict[str, Any]) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise AssertionError("asked")

    async with model(refuse, **settings) as runtime:
        assert await summaries(runtime, await embedded(runtime, LONG)) == [None]


def test_the_prompt_is_the_configured_one() -> None:
    assert prompt_of(Settings(EVENT_SUMMARIZATION_PROMPT="mine", EVENT_SUMMARIZATION_PROMPT_VERSION="v2_summary")) == "mine"
    assert prompt_of(Settings(EVENT_SUMMARIZATION_PROMPT_VERSION="v2_summary")) == PROMPTS["v2_summary"]
    assert prompt_of(Settings(EVENT_SUMMARIZATION_PROMPT_VERSION="v9")) == PROMPTS["v1_surgical"]
