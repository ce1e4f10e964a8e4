"""The sections of a report: what each shows, and whether there is anything to show (docs/contract/integrations.md#reports-of-runs)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any

from argus.features.tracker.results.tables import tables_of_run
from argus.kit.errors import ClientException
from argus.kit.json import encode_text
from argus.kit.parse import enum_of
from argus.kit.patterns import check, searching
from argus.models.enums import ResourceState, SCTEventSeverity
from argus.runtime import Runtime
from argus.storage.statements import select
from argus.storage.table import Row
from argus.templating.filters import human_duration

DEFAULT_SECTIONS: tuple[dict[str, Any], ...] = (
    {"type": "header", "options": {}},
    {"type": "main", "options": {}},
    {"type": "packages", "options": {}},
    {"type": "screenshots", "options": {}},
    {"type": "cloud", "options": {}},
    {"type": "events", "options": {"amount_per_severity": 25, "severity_filter": ["CRITICAL", "ERROR"]}},
    {"type": "nemesis", "options": {"sort_order": ["start_time", "desc"], "status_filter": ["failed", "succeeded", "started", "running"]}},
    {"type": "logs", "options": {}},
)
MOST_EVENTS = 1000  # of one severity; a mail is no archive

Context = dict[str, Any]
Options = Mapping[str, Any]


@dataclass(frozen=True)
class Report:
    """Whose report, and where its links lead. `run` is the run's row: which columns it has depends on its type."""

    runtime: Runtime
    run: Any
    base_url: str


@dataclass(frozen=True)
class Section:
    """A template of `templates/email/sections`, and what it shows."""

    template: str
    context: Context


async def sections_of(report: Report, wanted: Sequence[Any]) -> list[Section]:
    """The sections that have something to show, in the order wanted; the default ones when none is.

    Args:
        wanted: names, or `{"type": name, "options": object}`; anything else is skipped.

    Raises:
        KeyError: an object without `type` or `options`.
        ValueError: an unknown severity.
    """
    found = await asyncio.gather(*(_section(report, *_named(item)) for item in wanted or DEFAULT_SECTIONS if isinstance(item, str | dict)))
    return [section for section in found if section is not None]


def _named(item: str | dict[str, Any]) -> tuple[str, Options]:
    return (item, {}) if isinstance(item, str) else (item["type"], item["options"])


async def _section(report: Report, name: str, options: Options) -> Section | None:
    if name in SECTIONS:
        context = await SECTIONS[name](report, options)
        return None if context is None else Section(f"email/sections/{name}.html.j2", context)
    fields = {"has_data": True, **FIELDS.get(name, {}), **options}
    if not fields["has_data"]:
        return None
    if name in FIELDS:
        return Section(f"email/sections/{name}.html.j2", fields)
    return Section("email/sections/unknown.html.j2", {"type": name, "options": encode_text(options)})


async def _header(report: Report, options: Options) -> Context | None:
    return {}


async def _main(report: Report, options: Options) -> Context | None:
    start, end = report.run.start_time, report.run.end_time
    return {"duration": human_duration((end - start).total_seconds()) if end else None}


async def _packages(report: Report, options: Options) -> Context | None:
    return {} if report.run.packages else None


async def _screenshots(report: Report, options: Options) -> Context | None:
    return {} if report.run.screenshots else None


async def _logs(report: Report, options: Options) -> Context | None:
    return {} if report.run.logs else None


async def _cloud(report: Report, options: Options) -> Context | None:
    resources = await _part(report, "allocated_resources")
    running = [r for r in resources if r.state == ResourceState.RUNNING.value and r.resource_type != "sct-runner"]
    return {"resources": sorted(running, key=lambda resource: resource.name)} if running else None


async def _nemesis(report: Report, options: Options) -> Context | None:
    wanted = options.get("status_filter", ["failed", "succeeded"])
    field, direction = options.get("sort_order", ["start_time", "desc"])
    nemeses = [nemesis for nemesis in await _part(report, "nemesis_data") if nemesis.status in wanted]
    nemeses.sort(key=lambda nemesis: (getattr(nemesis, field) is not None, getattr(nemesis, field)), reverse=direction == "desc")
    return {"nemeses": nemeses} if nemeses else None


async def _events(report: Report, options: Options) -> Context | None:
    severities = [enum_of(SCTEventSeverity, severity) for severity in options.get("severity_filter", ["CRITICAL", "ERROR"])]
    amount = max(1, min(options.get("amount_per_severity", 25), MOST_EVENTS))
    events = select(_table(report, "sct_event")).where(run_id=report.run.id).limit(amount)
    found: list[list[Any]] = await asyncio.gather(*(report.runtime.store.all(events.where(severity=s.value)) for s in severities))
    return {"events": sorted((event for part in found for event in part), key=lambda event: event.ts)}


async def _generic_results(report: Report, options: Options) -> Context | None:
    patterns = [*_sound(options.get("table_filter", []))]
    tables = await tables_of_run(report.runtime, report.run.test_id, report.run.id) if report.run.test_id else []
    named = [(name, table) for found in tables for name, table in found.items()]
    if patterns:
        async with searching(report.runtime.pools, patterns) as in_texts:
            named = list(compress(named, await in_texts([name for name, _ in named])))
    return {"section_name": options.get("section_name", "Results"), "tables": named}


def _sound(patterns: Iterable[str]) -> Iterator[str]:
    """The regular expressions; malformed ones count for nothing."""
    for pattern in patterns:
        try:
            yield check(pattern)
        except re.error:
            continue


async def _part(report: Report, name: str) -> list[Any]:
    """A part of a run that stands in a table of its own."""
    plugin = report.runtime.plugins.get("scylla-cluster-tests")
    parts: list[Any] = (await plugin.run_response(report.runtime, report.run))[name] if plugin else []
    return parts


def _table(report: Report, name: str) -> type[Row]:
    """A table that a run type brings."""
    for model in report.runtime.plugins.models:
        if model.__table__.name == name:
            return model
    raise ClientException(f"No run type with the table {name} is served", name)


SECTIONS: dict[str, Callable[[Report, Options], Awaitable[Context | None]]] = {
    "header": _header,
    "main": _main,
    "packages": _packages,
    "screenshots": _screenshots,
    "logs": _logs,
    "cloud": _cloud,
    "nemesis": _nemesis,
    "events": _events,
    "generic_results": _generic_results,
}
FIELDS: dict[str, Context] = {  # of sections whose sender fills them
    "custom_table": {"table_name": "", "headers": [], "rows": []},
    "custom_html": {"section_name": "", "html": ""},
}
