"""Reading the catalogue, and the two changes that any user may make (docs/contract/core.md#releases-groups-tests)."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from argus.domain.catalogue import add_release, display_name
from argus.domain.versions import descending
from argus.kit.errors import foreseen
from argus.kit.parse import need, text_of, uuid_of
from argus.kit.pools import HOUSEKEEPING
from argus.models.catalogue import ArgusGroup, ArgusRelease, ArgusTest
from argus.runtime import Runtime
from argus.storage.errors import DocumentNotFound
from argus.storage.statements import select, update


@dataclass
class Deployed:
    """Which commit it is, once somebody has asked."""

    commit: str | None = None


async def version(runtime: Runtime) -> dict[str, str]:
    """Which commit is deployed."""
    deployed = runtime.own(Deployed)
    if deployed.commit is None:
        deployed.commit = await runtime.blocking(HOUSEKEEPING, _commit)
    return {"commit_id": deployed.commit}


def _commit() -> str:
    git = shutil.which("git")
    if git:
        asked = subprocess.run([git, "rev-parse", "HEAD"], capture_output=True, text=True, timeout=5, check=False)  # noqa: S603
        if asked.returncode == 0:
            return asked.stdout.strip()
    stamp = Path(".argus_version")
    return stamp.read_text().strip() if stamp.is_file() else "version_unknown"


async def releases(runtime: Runtime, everything: bool) -> list[ArgusRelease]:
    """Releases by name, dormant ones last.

    Args:
        everything: disabled ones too.
    """
    found = await runtime.store.all(select(ArgusRelease))  # the whole table: an installation has tens of releases
    shown = [release for release in found if release.enabled or everything]
    return sorted(shown, key=lambda release: (bool(release.dormant), release.name or ""))


async def groups(runtime: Runtime, release_id: str | None, everything: bool) -> list[ArgusGroup]:
    """Groups of a release, by display name.

    Raises:
        Exception: no release is named.
        ValueError: its id is malformed.
    """
    if not release_id:
        raise foreseen(Exception("No releaseId provided"))
    found = await runtime.store.all(select(ArgusGroup).where(release_id=uuid_of(release_id)))
    return sorted((group for group in found if group.enabled or everything), key=lambda group: display_name(group) or "")


async def tests(runtime: Runtime, group_id: str | None, everything: bool) -> list[ArgusTest]:
    """Tests of a group, in storage order.

    Raises:
        Exception: no group is named.
        ValueError: its id is malformed.
    """
    if not group_id:
        raise foreseen(Exception("No groupId provided"))
    found = await runtime.store.all(select(ArgusTest).where(group_id=uuid_of(group_id)))
    return [test for test in found if test.enabled or everything]


async def release(runtime: Runtime, release_id: str) -> ArgusRelease:
    """One release. Raises ValueError, DocumentNotFound."""
    return await runtime.store.get(ArgusRelease, id=uuid_of(release_id))


async def group(runtime: Runtime, group_id: str) -> ArgusGroup:
    """One group. Raises ValueError, DocumentNotFound."""
    return await runtime.store.get(ArgusGroup, id=uuid_of(group_id))


async def test(runtime: Runtime, test_id: str) -> ArgusTest:
    """One test. Raises ValueError, DocumentNotFound."""
    return await runtime.store.get(ArgusTest, id=uuid_of(test_id))


async def test_info(runtime: Runtime, test_id: str | None) -> dict[str, Any]:
    """A test with its group and release.

    Raises:
        Exception: no test is named.
        ValueError: its id is malformed.
        DocumentNotFound: one of the three does not exist.
    """
    if not test_id:
        raise foreseen(Exception("No testId provided"))
    found = await test(runtime, test_id)
    for model, entry in ((ArgusGroup, found.group_id), (ArgusRelease, found.release_id)):
        if entry is None:
            raise DocumentNotFound(f"No {model.__name__} found matching {{'id': None}}")
    of_group, of_release = await asyncio.gather(
        runtime.store.get(ArgusGroup, id=found.group_id), runtime.store.get(ArgusRelease, id=found.release_id)
    )
    return {"test": found, "group": of_group, "release": of_release}


async def release_versions(runtime: Runtime, release_id: str) -> list[str]:
    """Versions seen in a release's runs, of every run type, descending.

    Raises:
        ValueError, DocumentNotFound: no such release.
    """
    known = await release(runtime, release_id)
    found = await asyncio.gather(*(plugin.release_versions(runtime, known.id) for plugin in runtime.plugins))
    return descending(version for part in found for version in part)


async def release_images(runtime: Runtime, release_id: str) -> list[str]:
    """Database images seen in a release's runs, descending.

    Raises:
        ValueError, DocumentNotFound: no such release.
    """
    known = await release(runtime, release_id)
    found = await asyncio.gather(*(plugin.release_images(runtime, known.id) for plugin in runtime.plugins))
    return descending(image for part in found for image in part)


async def set_plugin(runtime: Runtime, test_id: str, body: Mapping[str, Any]) -> ArgusTest:
    """Change the type of a test's runs; any text is taken.

    Raises:
        ValueError, DocumentNotFound: no such test.
        KeyError: `plugin_name` is missing.
    """
    found = await test(runtime, test_id)
    plugin_name = need(body, "plugin_name")
    await runtime.store.write(update(ArgusTest, id=found.id).set(plugin_name=plugin_name).if_exists())
    return found.changed(plugin_name=plugin_name)


async def create_releases(runtime: Runtime, body: Mapping[str, Any]) -> dict[str, Any]:
    """Create whole releases with groups and tests. Names that are taken are reported, the others are created.

    Nothing is written unless every release that is new says what groups it has, in names. What is said of a name that is
    taken does not count.

    Raises:
        KeyError: a release without `groups`.
        AttributeError: a name that is no text.
    """
    names = list(body)
    taken = await asyncio.gather(*(runtime.store.first(select(ArgusRelease, "id").where(name=name)) for name in names))
    plans = {name: _planned(need(body, name)) for name, there in zip(names, taken, strict=True) if there is None}
    created = await asyncio.gather(*(_create(runtime, name, groups) for name, groups in plans.items()))
    made = dict(zip(plans, created, strict=True))
    return {name: made.get(name) or _taken(name) for name in names}


def _planned(body: Mapping[str, Any]) -> list[tuple[str, str | None, list[str]]]:
    """Name, display name and test names of each group of a new release."""
    groups = []
    for name, group in need(body, "groups").items():
        shown = group.get("pretty_name")
        groups.append((name, None if shown is None else text_of(shown), [text_of(test) for test in group.get("tests") or []]))
    return groups


def _taken(name: str) -> dict[str, str]:
    return {"status": "error", "message": f"Release {name} already exists"}


async def _create(runtime: Runtime, name: str, groups: list[tuple[str, str | None, list[str]]]) -> dict[str, Any]:
    new = ArgusRelease(name=name)
    if not await add_release(runtime.store, new):
        return _taken(name)
    for group_name, pretty_name, test_names in groups:
        await _create_group(runtime, new.id, group_name, pretty_name, test_names)
    return {"groups": {g: {"status": "created", "tests": dict.fromkeys(tests, "created")} for g, _, tests in groups}}


async def _create_group(runtime: Runtime, release_id: UUID, name: str, pretty_name: str | None, tests: list[str]) -> None:
    new = ArgusGroup(release_id=release_id, name=name).changed(pretty_name=pretty_name)
    await runtime.store.create(new)
    entries = [ArgusTest(group_id=new.id, release_id=release_id).changed(name=test) for test in tests]
    await asyncio.gather(*(runtime.store.create(entry) for entry in entries))
