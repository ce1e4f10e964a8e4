"""Journals of client calls, packed and applied."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from typing import Any

from argus.features.tracker.replay import service
from argus.runtime import Runtime

INGEST = "/api/v1/client/replay/ingest"
SUBMIT, HEARTBEAT = "/testrun/$type/submit", "/testrun/$type/$id/heartbeat"
STATUS, LOGS, FINALIZE = "/testrun/$type/$id/set_status", "/testrun/$type/$id/logs/submit", "/testrun/$type/$id/finalize"


def record(endpoint: str, ts: Any = 0, body: Any = None, run: str | None = None, **values: Any) -> dict[str, Any]:
    location = {"type": "generic", **({"id": run} if run else {})}
    return {"method": "POST", "endpoint": endpoint, "location_params": location, "params": None, "body": body, "ts": ts, **values}


def lines(*records: Any) -> bytes:
    return b"\n".join(json.dumps(item).encode() for item in records)


def tar(**files: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name.replace("__", "/").replace("_jsonl", ".jsonl"))
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def packed_zip(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return packed.getvalue()


class Application:
    """Notes what is sent to it."""

    def __init__(self, *answers: tuple[int, bytes] | Exception) -> None:
        self.answers = list(answers)
        self.calls: list[tuple[str, str, Any]] = []

    async def __call__(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        self.calls.append((method, path, None if body is None else json.loads(body)))
        answer = self.answers.pop(0) if self.answers else (200, b'{"status": "ok", "response": true}')
        if isinstance(answer, Exception):
            raise answer
        return answer


async def staying() -> bool:
    return False


async def ingest(runtime: Runtime, app: Application, *records: Any, **flags: bool) -> dict[str, Any]:
    options = service.Options(**{"backfill_logs": False, **flags})
    return await service.ingest(runtime, app, staying, "application/x-tar", tar(a_jsonl=lines(*records)), options)
