"""Named configuration texts of a run, and their leaves to search runs by (docs/contract/plugins.md#configurations)."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from argus.kit.characters import whole_characters
from argus.kit.parse import need, of_callers, uuid_of
from argus.models.config import RunConfigParam, RunConfiguration
from argus.runtime import Runtime
from argus.storage.statements import select

TOGETHER = 64  # leaves written at a time; a configuration has hundreds
LONGEST_KEY = 60_000  # bytes; a partition key holds 64 KiB


async def submit_configuration(runtime: Runtime, run_id: str, body: Mapping[str, Any]) -> bool:
    """Store a text under its name, replacing an earlier one; the run need not exist.

    Raises:
        KeyError: `name` or `content` is missing.
        ValueError: malformed id.
        Error: `content` is no base64.
        UnicodeDecodeError: what it encodes is no UTF-8.
    """
    name, content = need(body, "name"), need(body, "content")
    owner = uuid_of(run_id)
    text = _decoded(content)
    await runtime.store.save(RunConfiguration.model_construct(run_id=owner, name=name, content=text))
    params = [RunConfigParam(name=path, value=value, run_id=run_id) for path, value in _leaves(name, text)]
    for start in range(0, len(params), TOGETHER):
        await asyncio.gather(*map(runtime.store.save, params[start : start + TOGETHER]))
    return True


async def configurations(runtime: Runtime, run_id: str) -> list[RunConfiguration]:
    """The texts of a run by name; none for an unknown run.

    Raises:
        ValueError: malformed id.
    """
    return await runtime.store.all(select(RunConfiguration).where(run_id=uuid_of(run_id)))


def _leaves(name: str, text: str) -> list[tuple[str, str]]:
    """The leaves of a JSON object, by path; none of any other text. A value too long for a key is left out: nobody searches by it."""
    try:
        document = whole_characters(json.loads(text), name)
        leaves = dict(_walk(re.sub(r"[. ]", "_", name), document)) if isinstance(document, dict) else {}
    except (ValueError, RecursionError):
        return []
    return [(path, value) for path, value in leaves.items() if _bytes(path) + _bytes(value) <= LONGEST_KEY]


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _walk(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _walk(f"{path}.{key}", item)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _walk(f"{path}.{index}", item)
    else:
        yield path, str(value) or "null"


@of_callers
def _decoded(content: str) -> str:
    return base64.b64decode(content).decode("utf-8")
