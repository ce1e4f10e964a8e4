"""The life of a run as its client reports it: submitted, alive, finished (docs/contract/client.md#generic-run-routes).

A run type is looked up before an id is parsed, except where a run is only read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from argus.domain.runs import edit, find_run, get_run, plugin_named
from argus.kit.clock import now_s
from argus.kit.errors import ContentTypeMismatch, MalformedBody
from argus.kit.parse import enum_of, json_body, need, uuid_of
from argus.models.enums import TestStatus
from argus.models.run import RunBase
from argus.run_types import Plugin
from argus.runtime import Runtime


async def submit(runtime: Runtime, run_type: str, body: Mapping[str, Any]) -> str:
    """Create a run, or take a repeat of one.

    Raises:
        ClientException: no such run type.
        KeyError, TypeError, ValueError: the body is not what the run type takes.
    """
    await plugin_named(runtime, run_type).submit(runtime, body)
    return "Created"


async def get(runtime: Runtime, run_type: str, run_id: str) -> RunBase | None:
    """A run with all its columns, None when there is none.

    Raises:
        ValueError: malformed id (looked at first).
        ClientException: no such run type.
    """
    return await find_run(runtime, run_type, uuid_of(run_id))


async def heartbeat(runtime: Runtime, run_type: str, run_id: str) -> int:
    """Note that a run is alive; the Unix second that was noted.

    Raises:
        ClientException, ValueError, DocumentNotFound: no such run type, malformed id, no such run.
    """
    _, run = await _find(runtime, run_type, run_id, "id")
    beat = now_s()
    await runtime.store.write(edit(run).set(heartbeat=beat))
    return beat


async def get_status(runtime: Runtime, run_type: str, run_id: str) -> str | None:
    """The status of a run. Raises as `heartbeat`."""
    _, run = await _find(runtime, run_type, run_id, "status")
    return run.status


async def set_status(runtime: Runtime, run_type: str, run_id: str, body: Mapping[str, Any]) -> str:
    """Set the status of a run, and nothing beside it: no activity, no notification, no statistics.

    Raises:
        KeyError: `new_status` is missing.
        ValueError: it is no `TestStatus`, or the id is malformed.
        ClientException, DocumentNotFound: no such run type, no such run.
    """
    wanted = need(body, "new_status")
    _, run = await _find(runtime, run_type, run_id, "id")
    status = enum_of(TestStatus, wanted).value
    await runtime.store.write(edit(run).set(status=status).if_exists())
    return status


async def update_product_version(runtime: Runtime, run_type: str, run_id: str, body: Mapping[str, Any]) -> str:
    """Take the version under test.

    Raises:
        KeyError: `product_version` is missing.
        ClientException, ValueError, DocumentNotFound: no such run type, malformed id, no such run.
    """
    version = need(body, "product_version")
    plugin, run = await _find(runtime, run_type, run_id)
    await plugin.submit_product_version(runtime, run, version)
    return "Submitted"


async def submit_logs(runtime: Runtime, run_type: str, run_id: str, body: Mapping[str, Any]) -> str:
    """Add links to logs.

    Raises:
        KeyError: `logs` is missing, or a log has no name or link; nothing is written.
        SirenadaPluginException: the run type takes no logs.
        ClientException, ValueError, DocumentNotFound: no such run type, malformed id, no such run.
    """
    logs = need(body, "logs")
    plugin, run = await _find(runtime, run_type, run_id)
    await plugin.submit_logs(runtime, run, logs)
    return "Submitted"


async def finalize(runtime: Runtime, run_type: str, run_id: str, content_type: str | None, raw: bytes) -> str:
    """End a run. The body is optional, and one that cannot be read counts as none.

    Raises:
        ValueError: the id is malformed, or `status` no `TestStatus`; nothing is written.
        SirenadaPluginException: the run type needs no end.
        ClientException, DocumentNotFound: no such run type, no such run.
    """
    try:
        body = json_body(content_type, raw)
    except (ContentTypeMismatch, MalformedBody):
        body = None
    plugin, run = await _find(runtime, run_type, run_id)
    await plugin.finish(runtime, run, body or {})
    return "Finalized"


async def _find(runtime: Runtime, run_type: str, run_id: str, *columns: str) -> tuple[Plugin, RunBase]:
    plugin = plugin_named(runtime, run_type)
    return plugin, await get_run(runtime, run_type, uuid_of(run_id), *columns)
