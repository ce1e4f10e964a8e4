"""One question to a chat model, over the interface that OpenAI and compatible servers have."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from argus.integrations.remote import PASSING, Remote, RemoteError, ask, json_of
from argus.runtime import Runtime

DEFAULT_BASE_URL = "https://api.openai.com/v1"
MODEL = Remote("chat model", seconds=180, at_once=64, tries=6, passing=PASSING | {409} | frozenset(range(500, 600)))


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
    try:
        answer = await ask(
            runtime,
            MODEL,
            "POST",
            url,
            repeat=True,  # a second answer costs tokens and changes nothing
            json={"model": settings.OPENAI_SUMMARY_MODEL, "messages": messages},
            headers={"Authorization": f"Bearer {settings.OPENAI_API_KEY}"},
        )
    except RemoteError as problem:
        raise ChatError(str(problem)) from problem
    if answer.status_code >= 400:
        raise ChatError(f"{answer.status_code}: {answer.text[:200]}")
    return _completion(answer)


def _completion(answer: httpx.Response) -> Completion:
    try:
        body = json_of(MODEL, answer)
        text = body["choices"][0]["message"]["content"]
        usage = body.get("usage") or {}
        cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0
        return Completion((text or "").strip(), usage.get("prompt_tokens") or 0, usage.get("completion_tokens") or 0, cached)
    except (RemoteError, LookupError, TypeError, AttributeError) as error:
        raise ChatError(f"not a completion: {type(error).__name__}") from None
