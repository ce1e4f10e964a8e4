"""The metrics of this process, or of all workers that share a folder (docs/contract/conventions.md#the-metrics-route)."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from argus.auth.identity import require_login
from argus.kit.answer import Answer, json_answer
from argus.kit.errors import Refusal
from argus.kit.pools import HOUSEKEEPING
from argus.models.user import User
from argus.runtime import Runtime

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_OF_THE_LIVING = re.compile(r"gauge_live\w*_(\d+)\.db")


async def scrape(runtime: Runtime, user: User | None, accept: str, names: Sequence[str]) -> Answer:
    """Everything that was counted; of several workers the sum, for those who are logged in.

    Args:
        accept: the `Accept` header, which may ask for OpenMetrics.
        names: only these metrics; none: all.
    """
    folder = os.environ.get(FOLDER)
    if folder:
        try:
            require_login(user)
        except Refusal:
            return json_answer({"status": "error", "message": "Authorization required"}, 403)
    return await runtime.blocking(HOUSEKEEPING, _exposition, folder, accept, names)


def _exposition(folder: str | None, accept: str, names: Sequence[str]) -> Answer:
    registry = REGISTRY
    if folder:
        _forget_the_dead(Path(folder))
        registry = CollectorRegistry()
        MultiProcessCollector(registry, folder)
    encode, media_type = choose_encoder(accept)
    return Answer(encode(registry.restricted_registry(names) if names else registry), 200, media_type)


def _forget_the_dead(folder: Path) -> None:
    """Workers that were killed leave gauges of what they were doing."""
    for file in folder.glob("gauge_live*.db"):
        found = _OF_THE_LIVING.fullmatch(file.name)
        if found and not _lives(int(found[1])):
            mark_process_dead(int(found[1]), str(folder))


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
