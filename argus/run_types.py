"""What a run type provides, so that features serve every one without importing any.

A plugin is an object with the attributes and coroutines of `Plugin`; the setting `RUN_TYPES` says where those stand that are served.
Rules common to all run types (heartbeat, status, category assignment, assignee, version index, snapshots) are in `features`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from argus.kit.settings import Settings
from argus.models import ALL_MODELS, ALL_TYPES
from argus.models.run import RunBase
from argus.storage.table import Row
from argus.storage.types import Udt

if TYPE_CHECKING:  # the runtime holds the registry: it is only named here
    from argus.runtime import Runtime

ORDER = ("scylla-cluster-tests", "driver-matrix-tests", "generic", "sirenada")
"""Run types in the order in which they are asked, wherever one run or one list is searched in all of them."""

METADATA_COLUMNS = (
    "id",
    "test_id",
    "group_id",
    "release_id",
    "status",
    "start_time",
    "build_job_url",
    "build_id",
    "assignee",
    "end_time",
    "investigation_status",
    "heartbeat",
    "build_number",
)
"""Of a run in a list (docs/contract/plugins.md#columns-of-every-run)."""
STATISTICS_COLUMNS = (*METADATA_COLUMNS, "scylla_version")
"""Of a run in the statistics of a release or view; a plugin may add to them."""
JOB_COLUMNS = (
    "build_id",
    "start_time",
    "release_id",
    "group_id",
    "assignee",
    "test_id",
    "id",
    "status",
    "investigation_status",
    "build_job_url",
    "build_number",
    "scylla_version",
)
"""Of a run in a user's list of jobs."""


class NoRunType(ValueError):
    """A setting names a run type that is not there."""


class Plugin(Protocol):
    """One run type (docs/contract/plugins.md).

    Runs handed in are whole rows as just read. Each coroutine writes what it changes itself, by statements that name only that.
    """

    @property
    def name(self) -> str:
        """`run_type` in URLs, `plugin_name` of a test."""

    @property
    def model(self) -> type[RunBase]:
        """The table of its runs."""

    @property
    def all_models(self) -> Sequence[type[Row]]:
        """Every table that it brings, `model` included."""

    @property
    def all_types(self) -> Sequence[type[Udt]]:
        """Every user-defined type that it brings, nested ones included."""

    @property
    def statistics_columns(self) -> tuple[str, ...]:
        """`STATISTICS_COLUMNS`, and what it adds to them."""

    async def submit(self, runtime: Runtime, body: Mapping[str, Any]) -> None:
        """Create a run, or take a repeat of one (docs/contract/client.md#submit).

        Raises:
            KeyError, TypeError, ValueError: the body misses a field, has one too many or a malformed one.
            MultipleDocumentsFound: two tests have the run's build id.
        """

    async def finish(self, runtime: Runtime, run: RunBase, body: Mapping[str, Any]) -> None:
        """End a run; an empty body ends it now (docs/contract/client.md#finalize).

        Raises:
            ValueError: `status` is no `TestStatus`; nothing is written.
            SirenadaPluginException: sirenada runs are over when submitted.
        """

    async def submit_product_version(self, runtime: Runtime, run: RunBase, version: str) -> None:
        """Take the version under test, and the assignee that the plans of that version name."""

    async def submit_logs(self, runtime: Runtime, run: RunBase, logs: Sequence[Mapping[str, Any]]) -> None:
        """Add `{"log_name", "log_link"}` pairs, the first link of a name stays.

        Raises:
            KeyError: a log without name or link; nothing is written.
            SirenadaPluginException, NotImplementedError: the run type takes no logs.
        """

    async def sut_timestamp(self, runtime: Runtime, run: RunBase, package_name: str) -> float:
        """When the package under test was built, in Unix seconds (docs/contract/plugins.md#packages-and-the-version).

        Raises:
            ValueError: the run has no such package.
            NotImplementedError: runs of this type have no packages.
        """

    async def run_response(self, runtime: Runtime, run: RunBase) -> dict[str, Any]:
        """A run as the run page gets it: every column, and what stands in tables of its own."""

    async def release_versions(self, runtime: Runtime, release_id: UUID) -> list[str]:
        """Versions seen in the release's runs, not empty, in descending order of their text."""

    async def view_versions(self, runtime: Runtime, build_ids: Sequence[str]) -> list[str]:
        """Versions seen in the runs of these jobs, not empty, in descending order of their text."""

    async def release_images(self, runtime: Runtime, release_id: UUID) -> list[str]:
        """Database images seen in the release's runs, in descending order of their text; none where the run type has no images."""

    async def view_images(self, runtime: Runtime, build_ids: Sequence[str]) -> list[str]:
        """Database images seen in the runs of these jobs; as `release_images`."""


class PluginRegistry:
    """The run types that are served, iterated in `ORDER` (others after them, as registered)."""

    def __init__(self, *plugins: Plugin) -> None:
        self._plugins: dict[str, Plugin] = {}
        for plugin in plugins:
            self.register(plugin)

    def register(self, plugin: Plugin) -> None:
        """Add a run type.

        Raises:
            ValueError: its name is taken.
        """
        if plugin.name in self._plugins:
            raise ValueError(f"there are two plugins for {plugin.name}")
        known = {**self._plugins, plugin.name: plugin}
        ranks = {name: rank for rank, name in enumerate(ORDER)}
        self._plugins = dict(sorted(known.items(), key=lambda item: ranks.get(item[0], len(ORDER))))

    def get(self, name: str | None) -> Plugin | None:
        """The run type of that name; what is said when there is none differs from caller to caller."""
        return self._plugins.get(name) if name is not None else None

    def __iter__(self) -> Iterator[Plugin]:
        return iter(self._plugins.values())

    def __len__(self) -> int:
        return len(self._plugins)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._plugins)

    @property
    def models(self) -> tuple[type[Row], ...]:
        """Every table that the run types bring."""
        return tuple(model for plugin in self for model in plugin.all_models)

    @property
    def types(self) -> tuple[type[Udt], ...]:
        """Every user-defined type that the run types bring."""
        return tuple(udt for plugin in self for udt in plugin.all_types)


def registry_of(settings: Settings) -> PluginRegistry:
    """The run types that the settings name, loaded.

    Raises:
        NoRunType: one is not where `RUN_TYPES` says.
        ValueError: two have one name.
    """
    return PluginRegistry(*map(_loaded, settings.RUN_TYPES))


def schema_with(plugins: PluginRegistry) -> tuple[tuple[type[Row], ...], tuple[type[Udt], ...]]:
    """The tables and user-defined types of Argus and of these run types."""
    return (*ALL_MODELS, *plugins.models), (*ALL_TYPES, *plugins.types)


def _loaded(place: str) -> Plugin:
    try:
        plugin: Plugin = resolve_name(place)
    except (ImportError, AttributeError, ValueError) as problem:
        raise NoRunType(f"RUN_TYPES: {place} cannot be loaded: {problem}") from problem
    return plugin
