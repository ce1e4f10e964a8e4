"""Package versions of a cluster test run, and what they say about the version under test.

Contract: docs/contract/plugins.md#packages-and-the-version.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from argus.domain.runs import edit
from argus.domain.swap import swap
from argus.kit.errors import foreseen
from argus.kit.parse import of_callers
from argus.plugins.sct.model import SCTTestRun
from argus.plugins.sct.runs import run_of
from argus.plugins.sct.types import PackageVersion
from argus.runtime import Runtime
from argus.storage.statements import Update

SERVER = "scylla-server"
DECIDE = ("packages", "version_source", "scylla_version")
"""The columns of a run that say what packages add to it."""
UNDER_TEST = ("{}-upgraded", "{}-upgrade-target", "{}", "{}-target")
"""Which package of a run is the version under test: the first of these names that it has."""


async def submit_packages(runtime: Runtime, run_id: str, packages: Iterable[Mapping[str, Any]]) -> None:
    """Add the packages that a run does not have yet; a target package decides its version.

    Raises:
        SCTServiceException: no such run.
        TypeError: a package has no name; nothing is written.
        ValidationError: a field is no text; nothing is written.
    """
    run = await run_of(runtime, run_id, *DECIDE)
    submitted = [PackageVersion(**package) for package in packages]
    if any(package.name is None for package in submitted):
        raise foreseen(TypeError("argument of type 'NoneType' is not iterable"))

    if not added(run, submitted):  # clients send all of them, again and again
        return

    def with_packages(present: SCTTestRun) -> Update | None:
        values = added(present, submitted)
        return edit(present).set(**values) if values else None

    await swap(runtime.store, run, DECIDE, with_packages)


def added(run: SCTTestRun, submitted: Sequence[PackageVersion]) -> dict[str, Any]:
    """What changes in a run that gets these packages.

    The last target package names the version, unless an upgrade target has done so already.
    """
    packages, source, version = list(run.packages), run.version_source, run.scylla_version
    for package in submitted:
        name = package.name or ""
        if "target" in name and not ("upgrade-target" in (source or "") and name == f"{SERVER}-target"):
            source, version = name, package.version
        if package not in packages:
            packages.append(package)
    after: dict[str, Any] = {"packages": packages, "version_source": source, "scylla_version": version}
    return {name: value for name, value in after.items() if value != getattr(run, name)}


def package_under_test(packages: Sequence[PackageVersion], name: str = SERVER) -> PackageVersion | None:
    """The package that is under test, None when the run has none of that name."""
    return first_of(packages, *(pattern.format(name) for pattern in UNDER_TEST))


def first_of(packages: Sequence[PackageVersion], *names: str) -> PackageVersion | None:
    """The first package of the first of these names that there is."""
    by_name = {package.name: package for package in reversed(packages)}
    return next((by_name[name] for name in names if name in by_name), None)


@of_callers
def build_time(packages: Sequence[PackageVersion], name: str) -> float:
    """When the package under test was built, in Unix seconds: midnight of its date, and a fraction that keeps apart builds of one day.

    Raises:
        ValueError: there is no such package, or its date or revision is malformed.
    """
    package = package_under_test(packages, name)
    if package is None:
        raise foreseen(ValueError(f"{name} package not found in packages - cannot determine SUT timestamp"))
    day = datetime.strptime(package.date or "", "%Y%m%d").replace(tzinfo=UTC)
    return day.timestamp() + int(package.revision_id or "", 16) % 1_000_000 / 1_000_000


async def submit_screenshots(runtime: Runtime, run_id: str, links: Sequence[str]) -> None:
    """Add links that a run does not have yet, in order.

    Raises:
        SCTServiceException: no such run.
        TypeError: the links are no list.
    """
    run = await run_of(runtime, run_id, "screenshots")
    if not isinstance(links, list):
        raise foreseen(TypeError(f"screenshot_links is a list, not {type(links).__name__}"))

    def with_links(present: SCTTestRun) -> Update | None:
        new = [link for link in dict.fromkeys(links) if link not in present.screenshots]
        return edit(present).set(screenshots=[*present.screenshots, *new]) if new else None

    await swap(runtime.store, run, ("screenshots",), with_links)


async def add_logs(runtime: Runtime, run: SCTTestRun, logs: Sequence[tuple[str, str]]) -> None:
    """Add (name, link) pairs; the first link of a name stays."""

    def with_logs(present: SCTTestRun) -> Update | None:
        known = {name for name, _ in present.logs}
        new = {name: link for name, link in reversed(logs) if name not in known}
        in_order = dict.fromkeys(name for name, _ in logs if name in new)
        return edit(present).set(logs=[*present.logs, *((name, new[name]) for name in in_order)]) if new else None

    await swap(runtime.store, run, ("logs",), with_logs)
