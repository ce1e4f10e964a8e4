"""Recorded client calls, applied again through the application's own routes (docs/contract/replay.md).

Records are independent: one that fails is reported and stops none of the others.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import quote, urlencode
from weakref import WeakKeyDictionary

from argus.features.tracker.replay import hierarchy
from argus.features.tracker.replay.backfill import LogsOfRuns, logs_of, lost_logs
from argus.features.tracker.replay.journal import records_of
from argus.features.tracker.replay.order import FINALIZE, NEVER_REPLAYED, SUBMIT, Call, call_of, in_order, last_seen
from argus.kit.errors import EmptyRequest, ReplayServiceError, ServiceBusy, UnsupportedMediaType
from argus.kit.pools import ARCHIVES, Pools
from argus.kit.settings import Settings
from argus.runtime import Runtime

log = logging.getLogger("argus.replay")

PREFIX = "/api/v1/client"
MEDIA_TYPES = sorted(
    f"application/{kind}"
    for kind in (
        *("gzip", "x-gzip", "tar", "x-tar", "x-tar-gzip", "x-tgz", "x-tar-zstd", "zstd"),
        *("zip", "x-zip", "x-zip-compressed", "octet-stream"),
    )
)
CALLER_LOOK_SECONDS = 0.2  # seconds between two looks whether the caller is still there
LONGEST_ERROR = 400  # characters
MOST_ERRORS = 1000  # that are told; all of them are counted
MOST_AT_ONCE = 4  # ingests of a worker
CLEANUP = 5.0  # seconds that the lane waits longer than an ingest takes at most

Dispatch = Callable[[str, str, bytes | None], Awaitable[tuple[int, bytes]]]
"""Sends a request to this application, as the caller: method, path with query, JSON body or none → status and body."""
Gone = Callable[[], Awaitable[bool]]
"""Whether the caller has left."""
_running: WeakKeyDictionary[Pools, int] = WeakKeyDictionary()


@dataclass(frozen=True)
class Options:
    """The flags of an ingest."""

    dry_run: bool = False
    create_missing_tests: bool = False
    backfill_logs: bool = True


@dataclass
class Summary:
    """What became of the records."""

    total: int = 0
    processed: int = 0
    succeeded: int = 0
    failed: int = 0
    skipped_no_replay: int = 0
    backfilled_logs: int = 0
    errors: list[dict[str, Any]] = field(default_factory=list)

    def count(self, call: Call, error: str | None) -> None:
        """Take the outcome of a record; `error` is None when it succeeded."""
        self.processed += 1
        if error is None:
            self.succeeded += 1
        else:
            self.failed += 1
            if len(self.errors) < MOST_ERRORS:
                self.errors.append({"ts": call.ts, "endpoint": call.endpoint, "error": error})


def options_of(query: Mapping[str, str]) -> Options:
    """Flags of a query: `1`, `true` and `yes` are true, anything else is false; what is not there keeps its default."""
    names = ("dry_run", "create_missing_tests", "backfill_logs")
    return Options(**{name: query[name].lower() in ("1", "true", "yes") for name in names if name in query})


def time_of(settings: Settings) -> float:
    """Seconds that a lane gives an ingest, in place of `REQUEST_DEADLINE`: it ends by itself before, and says how far it came."""
    return settings.REPLAY_DEADLINE + settings.REQUEST_DEADLINE + CLEANUP


async def ingest(
    runtime: Runtime, dispatch: Dispatch, gone: Gone, content_type: str | None, archive: bytes, options: Options
) -> dict[str, Any]:
    """Apply every record of an archive; the answer comes when all of them were. It ends when the caller leaves, and lets others be served.

    Returns:
        `total`, `processed`, `succeeded`, `failed`, `skipped_no_replay`, `backfilled_logs`, `errors: [{ts, endpoint, error}]`, of which
        1000 are listed at most.

    Raises:
        UnsupportedMediaType: the content type is none of an archive.
        EmptyRequest: there is no body.
        ReplayServiceError: the body is no archive that can be read, or is too large, or takes longer than `REPLAY_DEADLINE`.
        ServiceBusy: too many archives are being applied already.
    """
    media_type = (content_type or "").split(";")[0].strip().lower()
    if media_type and media_type not in MEDIA_TYPES:
        raise UnsupportedMediaType(f"expected one of {MEDIA_TYPES}, got '{media_type}'")
    if not archive:
        raise EmptyRequest("request body is empty")
    if _running.get(runtime.pools, 0) >= MOST_AT_ONCE:
        raise ServiceBusy("replays")
    _running[runtime.pools] = _running.get(runtime.pools, 0) + 1
    summary = Summary()
    try:
        async with asyncio.timeout(runtime.settings.REPLAY_DEADLINE):
            await _ingest(runtime, dispatch, gone, archive, options, summary)
    except TimeoutError:
        told = f"{summary.processed} of {summary.total} records were applied in {runtime.settings.REPLAY_DEADLINE:g} seconds"
        raise ReplayServiceError(f"The archive takes too long: {told}; send it again in parts") from None
    finally:
        _running[runtime.pools] -= 1
    return asdict(summary)


async def _ingest(runtime: Runtime, dispatch: Dispatch, gone: Gone, archive: bytes, options: Options, summary: Summary) -> None:
    journal = await runtime.blocking(ARCHIVES, _read, archive)
    summary.total = len(journal.calls)

    async def apply(calls: Sequence[Call]) -> bool:
        looked = time.monotonic()
        for call in calls:
            await _taken(runtime, dispatch, call, journal.seen, options, summary)
            await asyncio.sleep(0)  # nothing in there need ever wait, and others want to be served
            if time.monotonic() - looked > CALLER_LOOK_SECONDS:
                if await gone():
                    log.info("the caller of a replay has left: %d of %d records were applied", summary.processed, summary.total)
                    return False
                looked = time.monotonic()
        return True

    if await apply(journal.calls) and options.backfill_logs and not options.dry_run:
        lost = await lost_logs(runtime, journal.logs)
        summary.total += len(lost)
        summary.backfilled_logs = sum(len(call.body["logs"]) for call in lost)
        await apply(lost)


@dataclass(frozen=True)
class Journal:
    """What an archive holds, in the order in which it is applied."""

    calls: list[Call]
    seen: dict[tuple[str, str], float]
    logs: LogsOfRuns


def _read(archive: bytes) -> Journal:
    calls = [call_of(record) for record in records_of(archive)]
    return Journal(in_order(calls), last_seen(calls), logs_of(calls))


async def _taken(
    runtime: Runtime, dispatch: Dispatch, call: Call, seen: Mapping[tuple[str, str], float], options: Options, summary: Summary
) -> None:
    """Process a record; whatever is odd about it is its own failure."""
    try:
        await _process(runtime, dispatch, call, seen, options, summary)
    except Exception as error:
        log.exception("%s %s", call.method, call.endpoint)
        summary.count(call, f"{type(error).__name__}: {error}"[:LONGEST_ERROR])


async def _process(
    runtime: Runtime, dispatch: Dispatch, call: Call, seen: Mapping[tuple[str, str], float], options: Options, summary: Summary
) -> None:
    if call.endpoint in NEVER_REPLAYED:
        summary.skipped_no_replay += 1
        return
    if call.endpoint == SUBMIT and not options.create_missing_tests:
        missing = await _diagnosis(runtime, call)
        if missing is not None:
            summary.count(call, missing)
            return
    if options.dry_run:
        summary.count(call, None)
        return
    if call.endpoint == SUBMIT:
        await _ensure(runtime, call)
    summary.count(call, await _apply(dispatch, _ended(call, seen)))


async def _diagnosis(runtime: Runtime, call: Call) -> str | None:
    build_id = hierarchy.build_id_of(call.body)
    if build_id is None:
        return None
    try:
        return await hierarchy.diagnosis(runtime, build_id)
    except Exception:
        log.exception("cannot tell whether a test has the job %r", build_id)
        return None


async def _ensure(runtime: Runtime, call: Call) -> None:
    try:
        await hierarchy.ensure(runtime, str(call.location.get("type")), call.body or {})
    except Exception:
        log.exception("cannot make the hierarchy of %r", call.body)


def _ended(call: Call, seen: Mapping[tuple[str, str], float]) -> Call:
    """The end of a run happened when it was recorded, not now."""
    if call.endpoint != FINALIZE or not isinstance(body := call.body, dict) or "end_time" in body:
        return call
    at = call.ts or seen.get((str(call.run[0]), str(call.run[1])))
    return call.with_body({**body, "end_time": at / 1000}) if at else call


async def _apply(dispatch: Dispatch, call: Call) -> str | None:
    """Send a call; what is wrong with it, or None."""
    try:
        status, answer = await dispatch(call.method, _path(call), call.content)
    except Exception as error:
        log.exception("%s %s", call.method, call.endpoint)
        return f"{type(error).__name__}: {error}"
    text = answer.decode("utf-8", "replace")
    if not 200 <= status < 300:
        return f"HTTP {status}: {text[:LONGEST_ERROR]}"
    return _refusal(text)


def _path(call: Call) -> str:
    """The address of a call: each `$name` of its template filled, what has no value stays; a parameter without one is left out."""
    values = {key: quote(str(value), safe="") for key, value in call.location.items() if value is not None}
    params = {key: value for key, value in call.params.items() if value is not None}
    params = {key: [item for item in value if item is not None] if isinstance(value, list) else value for key, value in params.items()}
    path = PREFIX + re.sub(r"\$(\w+)", lambda found: values.get(found[1], found[0]), call.endpoint)
    return f"{path}?{query}" if (query := urlencode(params, doseq=True)) else path


def _refusal(text: str) -> str | None:
    """The error in an answer whose status says nothing of it."""
    try:
        answer = json.loads(text)
    except ValueError:
        return None
    if not isinstance(answer, dict) or answer.get("status") != "error":
        return None
    response = answer.get("response")
    details = response if isinstance(response, dict) else {}
    exception, arguments = details.get("exception"), details.get("arguments")
    error = f"{exception}: {arguments}" if exception and arguments else exception or answer.get("message") or json.dumps(answer)
    return str(error)[:LONGEST_ERROR]
