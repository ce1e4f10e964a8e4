"""Load commands and JUnit documents of a cluster test run, in rows of their own."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import ParseError

from argus.domain.moments import alike, keep
from argus.kit.clock import now
from argus.kit.errors import SCTServiceException
from argus.kit.parse import epoch_of, need, uuid_of
from argus.kit.pools import DOCUMENTS
from argus.kit.safe_xml import well_formed
from argus.plugins.sct.model import SCTJunitReports, StressCommand
from argus.plugins.sct.runs import run_of
from argus.runtime import Runtime
from argus.storage.statements import select


async def add_stress_command(runtime: Runtime, run_id: str, body: Mapping[str, Any]) -> None:
    """Note a load that was started. One of the same millisecond stays, and this one comes a millisecond later; a repeated call adds none.

    Args:
        body: `cmd`, `loader_name`, `log_name`; `ts` in Unix seconds (now).

    Raises:
        KeyError: a field is missing.
        SCTServiceException: no such run.
    """
    cmd, node, log = need(body, "cmd"), need(body, "loader_name"), need(body, "log_name")
    ts = now() if body.get("ts") is None else epoch_of(round(float(body["ts"]), 3))
    run = await run_of(runtime, run_id, "id")
    load = StressCommand.model_construct(run_id=run.id, ts=ts, cmd=cmd, log_name=log, node_name=node)
    await keep(runtime.store, load, alike(load, "cmd", "log_name", "node_name"))


async def stress_commands(runtime: Runtime, run_id: str) -> list[StressCommand]:
    """The loads of a run, newest first."""
    return await runtime.store.all(select(StressCommand).where(run_id=uuid_of(run_id)))


async def submit_junit(runtime: Runtime, run_id: str, body: Mapping[str, Any]) -> None:
    """Keep a JUnit document; one of that name is replaced. The run need not exist.

    Args:
        body: `file_name`, and `content`: XML in base64.

    Raises:
        KeyError: a field is missing.
        Error: the content is not base64.
        SCTServiceException: it is not XML.
    """
    file_name, content = need(body, "file_name"), need(body, "content")
    report = await runtime.blocking(DOCUMENTS, _document, content)
    await runtime.store.save(SCTJunitReports.model_construct(test_id=uuid_of(run_id), file_name=file_name, report=report))


def _document(content: str) -> str:
    try:
        return well_formed(base64.b64decode(content))
    except ParseError:
        raise SCTServiceException("Malformed JUnit report submitted") from None
