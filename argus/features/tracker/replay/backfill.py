"""Logs that reached S3 but whose submission was lost (docs/contract/replay.md#logs-that-reached-s3)."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from argus.features.tracker.replay.order import LOGS, Call
from argus.integrations.s3 import keys_below
from argus.integrations.s3_links import S3Object, parse_link
from argus.integrations.s3_places import place_of
from argus.runtime import Runtime

log = logging.getLogger("argus.replay")

SUFFIXES = (".tar.zst", ".tar.gz", ".tar.zstd", ".tgz", ".tar", ".zip")


@dataclass(frozen=True)
class LogsOfRuns:
    """The runs of a journal by type and id, each with the links of its logs that were submitted."""

    links: dict[tuple[str, str], list[str]]
    schema_version: Any


def logs_of(calls: Iterable[Call]) -> LogsOfRuns:
    """What a journal says of logs."""
    recorded: dict[tuple[str, str], list[str]] = {}
    schema_version: Any = None
    for call in calls:
        run_type, run_id = call.run
        if run_type and run_id:
            links = recorded.setdefault((str(run_type), str(run_id)), [])
            if call.endpoint == LOGS and isinstance(body := call.body, dict):
                schema_version = schema_version or body.get("schema_version")
                links += [
                    link for item in body.get("logs") or [] if isinstance(item, dict) and isinstance(link := item.get("log_link"), str)
                ]
    return LogsOfRuns(recorded, schema_version)


async def lost_logs(runtime: Runtime, recorded: LogsOfRuns) -> list[Call]:
    """A submission for each run that has archives in its bucket which no journal mentions."""
    found = []
    for (run_type, run_id), links in recorded.links.items():
        logs = await _unrecorded(runtime, run_id, links)
        if logs:
            body = {"logs": logs, **({"schema_version": recorded.schema_version} if recorded.schema_version else {})}
            found.append(Call(LOGS, location={"type": run_type, "id": run_id}).with_body(body))
    return found


async def _unrecorded(runtime: Runtime, run_id: str, links: Sequence[str]) -> list[dict[str, str]]:
    place = place_of(runtime.settings)
    items = [item for link in links if (item := parse_link(link, place)) and item.place == place]
    bucket = items[0].bucket if items else runtime.settings.REPLAY_LOG_BACKFILL_BUCKET
    try:
        keys = [key async for key in keys_below(runtime, bucket, f"{run_id}/")]
    except Exception:
        log.exception("cannot list the logs of run %s in bucket %s", run_id, bucket)
        return []
    known = {item.key for item in items if item.bucket == bucket}
    lost = [key for key in keys if not key.endswith("/") and key not in known]
    return [{"log_name": _log_name(key), "log_link": S3Object(bucket, key, place=place).url} for key in lost]


def _log_name(key: str) -> str:
    name = key.rpartition("/")[2]
    return next((name.removesuffix(suffix) for suffix in SUFFIXES if name.endswith(suffix)), name)
