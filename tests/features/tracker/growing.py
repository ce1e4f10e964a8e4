"""Bodies that grow by the key that is missed, to see which of a caller's mistakes a route tells first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import httpx

MOST_STEPS = 25
_MISSING = re.compile(r"missing \d+ required (?:positional|keyword-only) arguments?: (.*)")


async def growing(client: httpx.AsyncClient, method: str, path: str, values: Mapping[str, Any]) -> list[str]:
    """What a route tells, step by step, until nothing more is missed. A key that is not among the values gets the text `x`."""
    body: dict[str, Any] = {}
    told: list[str] = []
    for _ in range(MOST_STEPS):
        answer = await client.request(method, path, json=body)
        missed = _missed(answer, body)
        told.append(f"needs {', '.join(missed)}" if missed else _told(answer))
        if not missed:
            return told
        body |= {key: values.get(key, "x") for key in missed}
    raise AssertionError(f"{path} is never satisfied: {told}")


def _missed(answer: httpx.Response, body: Mapping[str, Any]) -> list[str]:
    problem = answer.json().get("response") if answer.headers.get("content-type") == "application/json" else None
    if not isinstance(problem, dict) or not problem.get("arguments"):
        return []
    first = str(problem["arguments"][0])
    if problem["exception"] == "KeyError" and first not in body:
        return [first]
    found = _MISSING.search(first) if problem["exception"] == "TypeError" else None
    return re.findall(r"'(\w+)'", found[1]) if found else []


def _told(answer: httpx.Response) -> str:
    """`ok`, the status of an answer that is no envelope, or which error; of a bare one its text."""
    if answer.headers.get("content-type") != "application/json":
        return str(answer.status_code)
    body = answer.json()
    if body["status"] == "ok":
        return "ok"
    problem = body["response"]
    if not isinstance(problem, dict):
        return str(body.get("message", problem))
    return str(problem["message"]) if problem["exception"] == "Exception" else str(problem["exception"])
