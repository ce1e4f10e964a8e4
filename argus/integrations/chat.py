"""One question to a chat model, over the interface that OpenAI and compatible servers have."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass

import httpx

from argus.runtime import Runtime

DEFAULT_BASE_URL = "https://api.openai.com/v1"
SECONDS = 60.0  # of one attempt
RETRIES = 5
LONGEST_PAUSE = 8.0  # seconds
PASSING = frozenset({408, 409, 429})  # and everything from 500 on


class ChatError(Exception):
    """The model did not answer, or not with text. The message holds no key."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What a model said, and what it cost in tokens."""

    text: str
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0


async def complete(runtime: Runtime, system: str, user: str) -> Completion:
    """Ask the configured model; what passes (a timeout, 429, 5xx) is tried again up to five times.

    Raises:
        ChatError
    """
    settings = runtime.settings
    url = f"{(settings.OPENAI_BASE_URL or DEFAULT_BASE_URL).rstrip('/')}/chat/completions"
    messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
    problem = ""
    for attempt in range(RETRIES + 1):
        if attempt:
            await asyncio.sleep(min(LONGEST_PAUSE, 0.5 * 2**attempt) * (0.75 + random.random() / 4))  # noqa: S311 jitter, no secret
        try:
            answer = await runtime.http.post(
                url,
                json={"model": settings.OPENAI_SUMMARY_MODEL, "messages": messages},
                headers={"Authorization": f"Bearer {settings.OPENAI_API_KEY}"},
                timeout=SECONDS,
            )
        except httpx.TransportError as error:
            problem = f"{type(error).__name__}: {error}"
            continue
        if answer.status_code < 400:
            return _completion(answer)
        problem = f"{answer.status_code}: {answer.text[:200]}"
        if answer.status_code < 500 and answer.status_code not in PASSING:
            break
    raise ChatError(problem)


def _completion(answer: httpx.Response) -> Completion:
    try:
        body = answer.json()
        text = body["choices"][0]["message"]["content"]
        usage = body.get("usage") or {}
        cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0
        return Completion((text or "").strip(), usage.get("prompt_tokens") or 0, usage.get("completion_tokens") or 0, cached)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ChatError(f"not a completion: {type(error).__name__}") from None
