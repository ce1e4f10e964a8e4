"""Short texts that a language model writes of new events, beside the embedding and never in its way (docs/contract/events.md#summaries)."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from datetime import UTC, datetime
from uuid import UUID
from weakref import WeakKeyDictionary

from prometheus_client import Counter, Histogram, start_http_server

from argus.integrations.chat import ChatError, complete
from argus.jobs.summary_prompts import DEFAULT, PROMPTS
from argus.kit.settings import Settings
from argus.models.sct_event import SCTEvent
from argus.runtime import Runtime
from argus.storage.errors import StorageError
from argus.storage.statements import update

log = logging.getLogger("argus.summaries")

TOTALS_EVERY = 50  # outcomes
TOKEN = re.compile(r"\w{1,6}|[^\w\s]")  # about what tokenizers of language models make of failure messages

_SPACE = "argus_event_summarization"
_MODEL = ("model",)
OUTCOMES = Counter(_SPACE, "Events by what became of their summary", (*_MODEL, "severity", "outcome"))
CACHED = Counter(f"{_SPACE}_cached_prompt_tokens", "Tokens of the prompt that the model had cached", _MODEL)
_buckets = {
    "input_tokens": (100, 250, 500, 1000, 2000, 4000, 8000, 16000),
    "output_tokens": (50, 100, 200, 400, 800, 1600, 3200),
    "compression_ratio": (0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9, 1.0, 1.5),
    "latency_seconds": (0.5, 1, 2, 4, 8, 16, 32, 64),
    "lag_seconds": (1, 5, 15, 30, 60, 120, 300, 600, 1800),
}
HISTOGRAMS = {name: Histogram(f"{_SPACE}_{name}", f"Of a summary: {name}", _MODEL, buckets=edges) for name, edges in _buckets.items()}

_of_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, Summaries] = WeakKeyDictionary()


def summaries_of(runtime: Runtime) -> Summaries:
    """The summaries of this process: its backlog spans all batches."""
    loop = asyncio.get_running_loop()
    found = _of_loop.get(loop)
    if found is None or found.runtime is not runtime:
        found = _of_loop[loop] = Summaries(runtime)
    return found


def prompt_of(settings: Settings) -> str:
    """The system prompt: the configured one, or the one of the configured name."""
    if settings.EVENT_SUMMARIZATION_PROMPT:
        return settings.EVENT_SUMMARIZATION_PROMPT
    version = settings.EVENT_SUMMARIZATION_PROMPT_VERSION or DEFAULT
    if version not in PROMPTS:
        log.warning("EVENT_SUMMARIZATION_PROMPT_VERSION %r is none of %s: %s is used", version, ", ".join(PROMPTS), DEFAULT)
    return PROMPTS.get(version, PROMPTS[DEFAULT])


class Summaries:
    """Takes events as long as there is room, and has a few written at a time. Off unless the settings turn it on and name a key."""

    def __init__(self, runtime: Runtime) -> None:
        settings = runtime.settings
        self.runtime = runtime
        self.enabled = settings.EVENT_SUMMARIZATION_ENABLED and bool(settings.OPENAI_API_KEY)
        self.waiting = 0
        self.outcomes: dict[str, int] = {}
        self._slots = asyncio.Semaphore(max(1, settings.EVENT_SUMMARIZATION_MAX_CONCURRENCY))
        if settings.EVENT_SUMMARIZATION_ENABLED and not self.enabled:
            log.warning("EVENT_SUMMARIZATION_ENABLED is set without OPENAI_API_KEY: events get no summaries")
        if self.enabled:
            self.prompt = prompt_of(settings)
            if settings.EVENT_SUMMARIZATION_METRICS_PORT:
                start_http_server(settings.EVENT_SUMMARIZATION_METRICS_PORT)

    def dispatch(self, run_id: UUID, severity: str, ts: datetime, message: str) -> None:
        """Have an event summarised some time, unless it is short anyway or too many wait."""
        settings = self.runtime.settings
        if not self.enabled or not message:
            return
        if settings.EVENT_SUMMARIZATION_MIN_TOKENS and not _is_long(message, settings.EVENT_SUMMARIZATION_MIN_TOKENS):
            return
        if self.waiting >= settings.EVENT_SUMMARIZATION_MAX_BACKLOG:
            self._count(severity, "dropped")
            return
        self.waiting += 1
        self.runtime.spawn(self._write(run_id, severity, ts, message))

    async def _write(self, run_id: UUID, severity: str, ts: datetime, message: str) -> None:
        try:
            async with self._slots:
                began = time.monotonic()
                said = await complete(self.runtime, self.prompt, message)
                if not said.text:
                    raise ChatError("an empty answer")
                await self.runtime.store.write(update(SCTEvent, run_id=run_id, severity=severity, ts=ts).set(summary=said.text))
        except (ChatError, StorageError) as error:
            log.warning("no summary of event %s %s of run %s: %s", severity, ts, run_id, error)
            self._count(severity, "failed")
        else:
            self._count(severity, "ok")
            model = self.runtime.settings.OPENAI_SUMMARY_MODEL
            CACHED.labels(model).inc(said.cached_tokens)
            measured = {
                "input_tokens": said.input_tokens,
                "output_tokens": said.output_tokens,
                "compression_ratio": len(said.text) / len(message),
                "latency_seconds": time.monotonic() - began,
                "lag_seconds": time.time() - ts.replace(tzinfo=UTC).timestamp(),
            }
            for name, value in measured.items():
                HISTOGRAMS[name].labels(model).observe(value)
        finally:
            self.waiting -= 1

    def _count(self, severity: str, outcome: str) -> None:
        OUTCOMES.labels(self.runtime.settings.OPENAI_SUMMARY_MODEL, severity, outcome).inc()
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1
        if sum(self.outcomes.values()) % TOTALS_EVERY == 0:
            log.info("summaries so far: %s", self.outcomes)


def _is_long(message: str, tokens: int) -> bool:
    return any(count >= tokens for count, _ in enumerate(TOKEN.finditer(message), start=1))
