"""Edits of the registry by a tool: comments, order and formatting stay, and readers see the old file or the new one, never a part."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from strangler.registry import Lane, RegistryError, parse
from strangler.replace_file import write
from strangler.rules import canonical

__all__ = ["cut_over", "roll_back", "set_canary", "set_enabled", "set_owner", "write"]


def set_owner(text: str, owner: Lane, blueprint: str, route: tuple[str, str] | None = None) -> str:
    """The registry with another owner of a blueprint, or of one of its routes given as (method, path). Raises RegistryError when there is
    no such entry.

    A blueprint takes all its routes with it, unless one names an owner itself. A route that is given its blueprint's owner loses its own.
    """

    def change(tree: CommentedMap) -> None:
        group = _group(tree, blueprint)
        if route is None:
            group["owner"] = owner
            return
        entry = _route(group, blueprint, route)
        if owner == group["owner"]:
            entry.pop("owner", None)
        else:
            entry["owner"] = owner

    return _changed(text, change)


def set_canary(text: str, percent: float, blueprint: str, route: tuple[str, str] | None = None) -> str:
    """The registry with another canary share of a blueprint, or of one of its routes; 0 ends it. A share where there was none is sticky by
    user. Raises RegistryError when there is no such entry, or no such share."""

    def change(tree: CommentedMap) -> None:
        group = _group(tree, blueprint)
        entry = group if route is None else _route(group, blueprint, route)
        number = int(percent) if percent == int(percent) else percent
        if entry.get("canary") is not None:
            entry["canary"]["percent"] = number
        elif number or (route is not None and group.get("canary") is not None):
            _insert(entry, "canary", _flow(percent=number, sticky="user"))

    return _changed(text, change)


def set_enabled(text: str, blueprint: str, enabled: bool) -> str:
    """The registry with a blueprint switched on or off. Raises RegistryError when there is no such entry."""

    def change(tree: CommentedMap) -> None:
        group = _group(tree, blueprint)
        if enabled:
            group.pop("enabled", None)
        elif "enabled" in group:
            group["enabled"] = False
        else:
            _insert(group, "enabled", False)

    return _changed(text, change)


def cut_over(text: str, blueprint: str) -> str:
    """The registry with a blueprint given to FastAPI as a whole, without canary; routes that name an owner themselves keep it."""
    return _handed(text, blueprint, "fastapi")


def roll_back(text: str, blueprint: str) -> str:
    """The registry with a blueprint given to Flask as a whole, without canary; routes that had gone to FastAPI alone go back as well."""
    return _handed(text, blueprint, "flask")


def _handed(text: str, blueprint: str, owner: Lane) -> str:
    def change(tree: CommentedMap) -> None:
        group = _group(tree, blueprint)
        group["owner"] = owner
        group.pop("canary", None)
        for entry in group["routes"]:
            if entry.get("owner") == owner or owner == "flask":
                entry.pop("owner", None)
            if "owner" not in entry:
                entry.pop("canary", None)

    return _changed(text, change)


def _changed(text: str, change: Callable[[CommentedMap], None]) -> str:
    parse(text)
    yaml = _yaml()
    tree = yaml.load(text)
    change(tree)
    written = StringIO()
    yaml.dump(tree, written)
    changed = written.getvalue()
    parse(changed)
    return changed


def _group(tree: CommentedMap, blueprint: str) -> CommentedMap:
    group: CommentedMap | None = tree["blueprints"].get(blueprint)
    if group is None:
        raise RegistryError(f"there is no blueprint {blueprint!r}; there are {', '.join(tree['blueprints'])}")
    return group


def _insert(entry: CommentedMap, key: str, value: Any) -> None:
    """Behind `owner` in a blueprint, at the end of a route."""
    if "owner" in entry and "routes" in entry:
        entry.insert(list(entry).index("owner") + 1, key, value)
    else:
        entry[key] = value


def _flow(**values: Any) -> CommentedMap:
    made = CommentedMap(values)
    made.fa.set_flow_style()
    return made


def _route(group: CommentedMap, blueprint: str, wanted: tuple[str, str]) -> CommentedMap:
    method, path = wanted
    for entry in group["routes"]:
        if canonical(entry["path"]) == canonical(path) and method in entry["methods"]:
            found: CommentedMap = entry
            return found
    raise RegistryError(f"blueprint {blueprint!r} lists no {method} {path}")


def _yaml() -> Any:
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml
