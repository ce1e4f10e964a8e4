"""What an edit of the registry has changed, as entries of the journal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, uuid5

from strangler.registry import Policy, Registry, Route
from strangler.state import Entry, subject_of

KEYS = ("owner", "canary", "shadow", "guard", "shadow_safe", "enabled", "threads", "sign_off")
DEFAULTS = {"enabled": True, "sign_off": ()}


class Change(NamedTuple):
    """One key that says something else than before."""

    subject: str
    what: str
    before: str
    after: str
    reason: str


def changes(before: Registry, after: Registry) -> list[Change]:
    """What differs in who serves what; texts for people (`reason`, `since`) are no change."""
    return list(_changes(before, after))


def _changes(before: Registry, after: Registry) -> Iterator[Change]:
    for name in {**before.blueprints, **after.blueprints}:
        old, new = before.blueprints.get(name), after.blueprints.get(name)
        yield from _of(name, old, new)
        routes, routes_now = _routes(old.routes if old else ()), _routes(new.routes if new else ())
        for key in {**routes, **routes_now}:
            route, now = routes.get(key), routes_now.get(key)
            subject = subject_of(name, now or route)
            if route is None or now is None:
                yield Change(subject, "route", "listed" if route else "", "listed" if now else "", (now and now.reason) or "")
            if route is not None or now is None or any(getattr(now, each, None) is not None for each in KEYS):
                yield from _of(subject, route, now)
    if before.unlisted != after.unlisted:
        yield Change("*", "unlisted", before.unlisted, after.unlisted, "")


def _of(subject: str, old: Policy | None, new: Policy | None) -> Iterator[Change]:
    for key in KEYS:
        was, is_now = (getattr(each, key, DEFAULTS.get(key)) for each in (old, new))
        if was != is_now:
            yield Change(subject, key, _said(was), _said(is_now), (new and new.reason) or "")


def _routes(routes: tuple[Route, ...]) -> dict[tuple[str, tuple[str, ...]], Route]:
    return {(route.path, route.methods): route for route in routes}


def _said(value: Any) -> str:
    """A value as a journal shows it: what is not the default."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | tuple):
        return _short(value)
    told = value.model_dump(exclude_defaults=True)
    return ", ".join(f"{key} {_short(each)}" for key, each in told.items())


def _short(value: Any) -> str:
    if isinstance(value, tuple):
        return " ".join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def entries(file: Path, found: list[Change], *, who: str, source: str, why: str = "", evidence: str = "") -> list[Entry]:
    """The entries of an edit that stands in `file` by now. Whoever makes entries of the same edit makes the same ids: the first one to
    write them tells who it was."""
    written = file.stat().st_mtime_ns // 1_000_000
    at = datetime.fromtimestamp(written / 1000, UTC)
    return [
        Entry(
            each.subject,
            each.what,
            each.before,
            each.after,
            who,
            source,
            why or each.reason,
            evidence,
            at,
            uuid5(NAMESPACE_URL, f"{written} {each[:4]}"),
        )
        for each in found
    ]
