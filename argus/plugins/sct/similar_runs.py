"""Runs described for the dialog of similar events (docs/contract/events.md#runs-of-similar-events)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from argus.domain.runs import find_typed
from argus.features.tracker.widgets.issues import issues_of_runs, shown
from argus.kit.answer import Answer, json_answer
from argus.kit.errors import NoJsonRequest
from argus.kit.parse import is_json, loads, number_at_end, uuid_of
from argus.plugins.sct.model import SCTTestRun
from argus.plugins.sct.packages import SERVER, first_of
from argus.runtime import Runtime

MOST = 20  # runs that are described
VERSION_PACKAGES = (f"{SERVER}-upgraded", SERVER, f"{SERVER}-target")


def requested_runs(content_type: str | None, raw: bytes) -> list[str] | Answer:
    """The run ids of a request's body, or the answer to a body that has none.

    Raises:
        NoJsonRequest: the body is not sent as JSON.
        MalformedBody: it is not JSON.
    """
    if not is_json(content_type):
        raise NoJsonRequest
    body = loads(raw)
    if not isinstance(body, dict) or "run_ids" not in body:
        return json_answer({"status": "error", "response": "Missing run_ids parameter"}, 400)
    run_ids = body["run_ids"]
    return run_ids if isinstance(run_ids, list) else json_answer({"status": "error", "response": "run_ids must be a list"}, 400)


async def describe_runs(runtime: Runtime, run_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Build, start, version and issues of up to 20 of these runs, those with issues first; runs that are not cluster tests are left out.

    Raises:
        ValueError, TypeError: an id is no UUID.
    """
    given = list(dict.fromkeys(map(uuid_of, run_ids)))
    issues = await issues_of_runs(runtime, given)
    found = await _described(runtime, list(issues)[:MOST])
    for run_id, description in found.items():
        description["issues"] = [shown(issue, "owner", "repo") for issue in issues[run_id]]
    found |= await _described(runtime, [run_id for run_id in given if run_id not in found][: MOST - len(found)])
    return {str(run_id): description for run_id, description in found.items()}


async def _described(runtime: Runtime, run_ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    columns = ("packages", "build_job_url")
    runs = await asyncio.gather(*(find_typed(runtime, SCTTestRun, run_id, *columns) for run_id in run_ids))
    return {run.id: _description(run) for run in runs if run is not None}


def _description(run: SCTTestRun) -> dict[str, Any]:
    package = first_of(run.packages, *VERSION_PACKAGES)
    return {
        "build_id": f"{run.build_id}#{_build_number(run.build_job_url)}",
        "start_time": run.start_time.isoformat(),
        "version": f"{package.version}-{package.date}" if package else "unknown",
        "issues": [],
    }


def _build_number(url: str | None) -> int:
    """The number that ends a job's URL. Its last character is taken for a slash, whatever it is: clients always send one."""
    number = number_at_end((url or "")[:-1])
    return -1 if number is None else number
