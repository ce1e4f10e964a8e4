"""Packages, the version under test, screenshots and logs."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError

from argus.kit.errors import SCTServiceException
from argus.plugins.sct.model import SCTTestRun
from argus.plugins.sct.packages import added, build_time, package_under_test, submit_packages, submit_screenshots
from argus.plugins.sct.plugin import PLUGIN
from argus.plugins.sct.types import PackageVersion
from argus.runtime import Runtime
from tests.plugins.sct.conftest import stored

pytestmark = pytest.mark.anyio

CLIENTS = 50


def package(name: str, version: str = "6.2.0", **values: Any) -> dict[str, Any]:
    return {"name": name, "version": version, "date": "20240901", "revision_id": "abcdef0123", "build_id": "b", **values}


async def test_fifty_clients_lose_no_package_and_add_none_twice(runtime: Runtime, run: SCTTestRun) -> None:
    sent = [submit_packages(runtime, str(run.id), [package(f"p{i % 25}"), package("same")]) for i in range(CLIENTS)]
    await asyncio.gather(*sent)
    assert sorted(p.name or "" for p in (await stored(runtime, run.id)).packages) == sorted([*(f"p{i}" for i in range(25)), "same"])


async def test_fifty_clients_lose_no_log_and_no_screenshot(runtime: Runtime, run: SCTTestRun) -> None:
    logs = [PLUGIN.submit_logs(runtime, run, [{"log_name": f"log-{i % 25}", "log_link": f"https://l/{i}"}]) for i in range(CLIENTS)]
    shots = [submit_screenshots(runtime, str(run.id), [f"https://s/{i % 25}"]) for i in range(CLIENTS)]
    await asyncio.gather(*logs, *shots)
    after = await stored(runtime, run.id)
    assert sorted(name or "" for name, _ in after.logs) == sorted(f"log-{i}" for i in range(25))
    assert sorted(after.screenshots) == sorted(f"https://s/{i}" for i in range(25))


async def test_the_first_link_of_a_name_stays(runtime: Runtime, run: SCTTestRun) -> None:
    def log(name: str, link: str) -> dict[str, str]:
        return {"log_name": name, "log_link": link}

    await PLUGIN.submit_logs(runtime, run, [log("a", "1"), log("b", "2"), log("a", "3")])
    await PLUGIN.submit_logs(runtime, run, [log("b", "4"), log("c", "5")])
    assert (await stored(runtime, run.id)).logs == [("a", "1"), ("b", "2"), ("c", "5")]


async def test_a_log_without_a_link_saves_nothing(runtime: Runtime, run: SCTTestRun) -> None:
    with pytest.raises(KeyError, match="log_link"):
        await PLUGIN.submit_logs(runtime, run, [{"log_name": "a", "log_link": "1"}, {"log_name": "b"}])
    assert (await stored(runtime, run.id)).logs == []


@pytest.mark.parametrize(
    ("packages", "error"),
    [([package("good"), {"version": "1"}], TypeError), ([package("good"), package("bad", version=7)], ValidationError), (None, TypeError)],  # type: ignore[arg-type]
)
async def test_a_bad_package_saves_none(runtime: Runtime, run: SCTTestRun, packages: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        await submit_packages(runtime, str(run.id), packages)
    assert (await stored(runtime, run.id)).packages == []


async def test_an_unknown_run_is_named_in_the_error(runtime: Runtime) -> None:
    nobody = "11111111-2222-4333-8444-555555555555"
    with pytest.raises(SCTServiceException) as caught:
        await submit_packages(runtime, nobody, [])
    assert caught.value.args == ("Run not found", nobody)


def versions_after(*names: str, source: str | None = None) -> tuple[Any, Any]:
    run = SCTTestRun(build_id="b", id=uuid4(), version_source=source, scylla_version="old")
    after = added(run, [PackageVersion(name=name, version=f"v{i}") for i, name in enumerate(names)])
    return after.get("version_source", source), after.get("scylla_version", "old")


def test_target_packages_decide_the_version() -> None:
    assert versions_after("scylla-server", "kernel") == (None, "old")
    assert versions_after("scylla-server-target") == ("scylla-server-target", "v0")
    assert versions_after("scylla-server-target", "scylla-manager-target") == ("scylla-manager-target", "v1")
    assert versions_after("scylla-server-upgrade-target", "scylla-server-target") == ("scylla-server-upgrade-target", "v0")
    assert versions_after("scylla-manager-target", source="scylla-server-upgrade-target") == ("scylla-manager-target", "v0")


def test_the_version_under_test_is_the_most_upgraded_one() -> None:
    names = ["scylla-server-target", "scylla-server", "scylla-server-upgrade-target", "scylla-server-upgraded"]
    for count, expected in enumerate(("scylla-server-target", *names[1:]), start=1):
        found = package_under_test([PackageVersion(name=name) for name in names[:count]])
        assert found is not None
        assert found.name == expected
    assert package_under_test([PackageVersion(name="other")]) is None


def test_the_build_time_is_the_day_and_a_fraction_by_revision() -> None:
    packages = [PackageVersion(name="scylla-server", date="20240901", revision_id="ff")]
    assert build_time(packages, "scylla-server") == 1725148800 + 0.000255
    with pytest.raises(ValueError, match="scylla-manager package not found in packages"):
        build_time(packages, "scylla-manager")
    with pytest.raises(ValueError, match="does not match format"):
        build_time([PackageVersion(name="scylla-server", date="soon", revision_id="ff")], "scylla-server")
