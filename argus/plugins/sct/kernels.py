"""Which kernels a release was tested on, and with what outcome (docs/contract/client.md#routes-of-cluster-tests)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from argus.models.catalogue import ArgusRelease
from argus.models.enums import TestStatus
from argus.plugins.sct.model import SCTTestRun
from argus.plugins.sct.packages import SERVER, first_of
from argus.plugins.sct.types import PackageVersion
from argus.runtime import Runtime
from argus.storage.statements import select

COUNTED = (TestStatus.PASSED.value, TestStatus.FAILED.value, TestStatus.ABORTED.value, TestStatus.TEST_ERROR.value)


async def kernel_report(runtime: Runtime, release_name: str) -> dict[str, Any]:
    """Kernels by Scylla version, and outcomes by kernel, over all runs of a release (read page by page).

    Raises:
        DocumentNotFound: no such release.
    """
    release = await runtime.store.get(ArgusRelease, name=release_name)
    versions: dict[str, list[str]] = {}
    outcomes: dict[str, dict[str, int]] = {}
    runs = select(SCTTestRun, "build_id", "start_time", "id", "status", "packages").where(release_id=release.id)
    async for run in runtime.store.rows(runs):
        kernel = next((package for package in run.packages if "kernel" in (package.name or "")), None)
        if kernel is None:
            continue
        name = str(kernel.version)
        kernels = versions.setdefault(scylla_version(run.packages), [])
        if name not in kernels:
            kernels.append(name)
        counts = outcomes.setdefault(name, dict.fromkeys(COUNTED, 0))
        if run.status in counts:
            counts[run.status] += 1
    return {"versions": versions, "metadata": outcomes}


def scylla_version(packages: Sequence[PackageVersion]) -> str:
    """The full version of the server, `unknown` when the run does not say."""
    package = first_of(packages, f"{SERVER}-upgraded", SERVER)
    return f"{package.version}-{package.date}.{package.revision_id}" if package else "unknown"
