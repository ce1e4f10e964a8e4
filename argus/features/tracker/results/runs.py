"""What results need to know of the runs of a test (docs/contract/results.md#runs-of-a-test)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from argus.kit.errors import Foreseen
from argus.models.catalogue import ArgusTest
from argus.models.enums import TestInvestigationStatus
from argus.models.run import RunBase
from argus.runtime import Runtime
from argus.storage.statements import select

SERVER = "scylla-server"
IGNORED = TestInvestigationStatus.IGNORED.value


class NoSuchTest(Foreseen, TypeError):
    """There is no such test, in the contract's words (docs/contract/results.md#runs-of-a-test)."""

    shown_as = "TypeError"
    expected = True


class Package(Protocol):
    """A package version of a run; only cluster tests have some."""

    @property
    def name(self) -> str | None: ...
    @property
    def version(self) -> str | None: ...
    @property
    def date(self) -> str | None: ...
    @property
    def revision_id(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class RunDetails:
    """Runs of a test: the ignored ones, and the packages of the others (those without packages left out), newest run of a job first."""

    ignored: frozenset[UUID] = frozenset()
    packages: Mapping[UUID, Sequence[Package]] = field(default_factory=dict)


def is_ignored(run: RunBase) -> bool:
    """Whether a run is kept out of best values, graphs and summaries."""
    return (run.investigation_status or "").lower() == IGNORED


def under_test(name: str) -> tuple[str, ...]:
    """The names under which a package is the version under test, the decisive one first."""
    return f"{name}-upgraded", f"{name}-upgrade-target", name, f"{name}-target"


def first_package(packages: Iterable[Package], names: Iterable[str]) -> Package | None:
    """The first package of the first of these names that there is."""
    by_name: dict[str | None, Package] = {}
    for package in packages:
        by_name.setdefault(package.name, package)
    return next((by_name[name] for name in names if name in by_name), None)


def without_doubles(packages: Sequence[Package]) -> list[Package]:
    """A run's packages with only one of the server's."""
    names = under_test(SERVER)
    server = first_package(packages, names)
    kept = server.name if server else None
    return [package for package in packages if package.name not in names or package.name == kept]


def packages_of(run: RunBase) -> Sequence[Package]:
    """A run's packages, none of a run type that knows none."""
    found: Sequence[Package] = getattr(run, "packages", ())
    return found


async def details_of_test(runtime: Runtime, test_id: UUID) -> RunDetails:
    """Reads every run of the test, by index and page by page: bounded by the test's history.

    Raises:
        NoSuchTest
    """
    test = await runtime.store.find(ArgusTest, "id", "plugin_name", id=test_id)
    if test is None:
        raise NoSuchTest("'NoneType' object is not subscriptable")
    plugin = runtime.plugins.get(test.plugin_name)
    if plugin is None:  # no run was ever submitted
        return RunDetails()
    ignored: set[UUID] = set()
    packages: dict[UUID, Sequence[Package]] = {}
    async for run in runtime.store.rows(select(plugin.model, *columns_of(plugin.model)).where(test_id=test_id)):
        if is_ignored(run):
            ignored.add(run.id)
        elif packages_of(run):
            packages[run.id] = without_doubles(packages_of(run))
    return RunDetails(frozenset(ignored), packages)


def columns_of(model: type[RunBase], *others: str) -> tuple[str, ...]:
    """The columns that results read of a run, and further ones."""
    wanted: tuple[Any, ...] = (*model.__table__.primary_key, "id", "investigation_status", "packages", *others)
    return tuple(name for name in dict.fromkeys(wanted) if name in model.__table__.columns)
