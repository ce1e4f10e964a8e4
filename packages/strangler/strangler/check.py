"""Holds registry, Flask and FastAPI against each other, and against a list of routes that both must serve."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints
from uuid import UUID

from fastapi import FastAPI
from werkzeug.routing import Map

from strangler.fastapi_lane import Endpoint, covers, endpoints, scanned
from strangler.flask_side import Side
from strangler.registry import SOCKET, Registry, RegistryError, Route
from strangler.rules import agreement, canonical, converters_of_rule, parted, shape_of_rule, spelled
from strangler.table import compile_table

REGISTRY = "registry"  # stands for the path where a problem is the whole file's
VALUES: dict[str, type] = {"int": int, "float": float, "uuid": UUID}


class Problem(NamedTuple):
    """Something that does not agree. `line` is the registry's, where one is meant."""

    method: str
    path: str
    what: str
    line: int | None = None

    @property
    def refuses(self) -> bool:
        """Whether no application would serve the registry."""
        return self.path == REGISTRY

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line else ""
        return f"{where}{f'{self.method} {self.path}'.strip()}: {self.what}"


class Wanted(NamedTuple):
    """A route of a contract: Flask's rule, its methods, and Flask's endpoint name where that is promised."""

    path: str
    methods: tuple[str, ...]
    endpoint: str | None = None


def problems(
    registry: Registry, url_map: Map | None, app: FastAPI, contract: Sequence[Wanted] = (), *, side: Side | None = None
) -> list[Problem]:
    """Everything that does not agree, in the order registry, lanes, contract. An empty list means that any owner can be set to either
    lane; routes that were never Flask's, and say so, stay where they are.

    Args:
        side: what is known of Flask besides its rules; a remote application may have any.
        contract: the routes that both must serve; empty when there is no such list. A route that names an endpoint must be on it.
    """
    operations = list(endpoints(app))
    flask = dict(_rules_of_flask(url_map))
    listed: dict[tuple[str, str], int | None] = {
        (canonical(route.path), method): line for _, _, route, line in registry.each_route() for method in route.methods
    }
    static = {rule for rule in flask if covers(scanned(app), parted(rule[0])[1])}
    found = list(_compiles(registry, url_map, app, side))
    alone = {(canonical(route.path), method) for _, _, route, _ in registry.each_route() if _is_new(route) for method in route.methods}
    for (rule, method), line in listed.items():
        if url_map is not None and method != SOCKET and (rule, method) not in flask and (rule, method) not in alone:
            found.append(Problem(method, rule, "Flask does not have it", line))
        found += _in_fastapi(rule, method, operations, line)
    for rule, method in flask:
        if (rule, method) not in listed and (rule, method) not in static and registry.unlisted == "none":
            found.append(Problem(method, rule, "Flask has it, the registry does not list it"))
    paired = {(shape_of_rule(rule).skeleton, method) for rule, method in listed}
    for operation in operations:
        for method in sorted(operation.methods):
            if (operation.shape.skeleton, method) not in paired:
                found.append(Problem(method, operation.path, "FastAPI has it, the registry does not list it"))
    return found + list(_against(contract, listed, registry))


def _is_new(route: Route) -> bool:
    """Whether a route was never Flask's: it names FastAPI itself, and no endpoint of Flask."""
    return route.owner == "fastapi" and route.endpoint is None


def _compiles(registry: Registry, url_map: Map | None, app: FastAPI, side: Side | None) -> Iterator[Problem]:
    mounts = scanned(app)
    rules = [rule.rule for rule in url_map.iter_rules()] if url_map is not None else []
    try:
        compile_table(registry, url_map, endpoints(app), mounted=[rule for rule in rules if covers(mounts, rule)], side=side)
    except RegistryError as error:
        yield Problem("", REGISTRY, error.reason, error.line)


def _rules_of_flask(url_map: Map | None) -> Iterator[tuple[tuple[str, str], Any]]:
    for rule in url_map.iter_rules() if url_map is not None else ():
        static = str(rule.endpoint) == "static" or str(rule.endpoint).endswith(".static")
        if rule.build_only or rule.websocket or static:
            continue
        automatic = {"HEAD"} if "GET" in (rule.methods or ()) else set()
        if getattr(rule, "provide_automatic_options", False):
            automatic.add("OPTIONS")
        for method in sorted(set(rule.methods or ()) - automatic):
            yield (spelled(rule), method), rule


def _in_fastapi(rule: str, method: str, operations: list[Endpoint], line: int | None) -> Iterator[Problem]:
    """Whether FastAPI has the route, under the same names, with converters and types that take the same values."""
    shape, converters = shape_of_rule(rule), converters_of_rule(rule)
    same_path = [operation for operation in operations if operation.shape.skeleton == shape.skeleton and method in operation.methods]
    if not same_path:
        yield Problem(method, rule, "FastAPI does not have it", line)
        return
    same_names = [operation for operation in same_path if operation.shape.names == shape.names]
    if not same_names:
        yield Problem(method, rule, f"its variables have other names in FastAPI: {same_path[0].path}", line)
        return
    agreeing = [operation for operation in same_names if agreement(converters, operation.convertors) is not None]
    if not agreeing:
        yield Problem(method, rule, f"its converters differ in FastAPI: {same_names[0].path}", line)
        return
    operation = min(agreeing, key=lambda each: agreement(converters, each.convertors) or 0)
    for name, converter in converters.items():
        declared = _type_of(operation, name)
        if declared is not None and not _accepts(declared, converter, operation.convertors[name]):
            shown = getattr(declared, "__name__", declared)
            yield Problem(method, rule, f"<{converter}:{name}> gives values that the endpoint's type {shown} does not take", line)


def _type_of(operation: Endpoint, name: str) -> Any:
    """The type that the endpoint declares for a path variable; None where it declares none, a dependency may."""
    if name not in inspect.signature(operation.call).parameters:
        return None
    declared = get_type_hints(operation.call, include_extras=True).get(name)
    while get_origin(declared) is Annotated:
        declared = get_args(declared)[0]
    return declared


def _accepts(declared: Any, converter: str, convertor: str) -> bool:
    """Whether every value that the rule lets through passes validation as the declared type."""
    if not isinstance(declared, type):
        return True
    if issubclass(declared, str):
        return convertor in ("str", "path")
    narrow = VALUES.get(converter)
    if narrow is None:
        return not issubclass(declared, int | float | UUID)  # any text comes through the rule, and such a type refuses most
    return issubclass(narrow, declared) or (narrow is int and declared is float)


def _against(contract: Sequence[Wanted], listed: dict[tuple[str, str], int | None], registry: Registry) -> Iterator[Problem]:
    """A route of the registry that names an endpoint claims to be of the contract; ours alone name none."""
    names: dict[tuple[str, str], str | None] = {
        (canonical(route.path), method): route.endpoint for _, _, route, _ in registry.each_route() for method in route.methods
    }
    for wanted in contract:
        for method in wanted.methods:
            key = (canonical(wanted.path), method)
            if key not in listed:
                yield Problem(method, wanted.path, "the contract has it, the registry does not list it")
            elif wanted.endpoint is not None and names[key] != wanted.endpoint:
                yield Problem(method, wanted.path, f"the contract calls it {wanted.endpoint}, the registry {names[key]}", listed[key])
    promised = {(canonical(wanted.path), method) for wanted in contract for method in wanted.methods}
    for (rule, method), endpoint in names.items():
        if contract and endpoint is not None and (rule, method) not in promised:
            yield Problem(method, rule, f"the registry calls it {endpoint}, the contract does not have it", listed[(rule, method)])
