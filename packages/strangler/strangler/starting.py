"""The first registry of an application: all its routes, with what Flask does around each and what stands in its way."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from werkzeug.routing import Rule

from strangler.audit import around, obstacles
from strangler.rules import template_of

HEAD = "# who serves what: `owner: fastapi` moves a blueprint or a route, within a second and without a restart"
LISTED = ("GET", "POST", "PUT", "PATCH", "DELETE")


def first_registry(app: Any) -> str:
    """A registry that lists every route of a Flask application under Flask, grouped by blueprint or by the first part of the path."""
    groups: dict[str, list[Rule]] = {}
    for rule in app.url_map.iter_rules():
        endpoint = str(rule.endpoint)
        if not rule.build_only and endpoint != "static" and not endpoint.endswith(".static"):
            groups.setdefault(group_of(rule), []).append(rule)
    lines = [
        HEAD,
        "version: 1",
        "blueprints:",
    ]
    for name, rules in sorted(groups.items()):
        lines += _blueprint(app, name, rules)
    return "\n".join([*lines, "unlisted: flask", ""])


def group_of(rule: Rule) -> str:
    """The blueprint; of a route on the application itself the first part of its path."""
    blueprint = str(rule.endpoint).rpartition(".")[0]
    first = blueprint or next((part for part in rule.rule.split("/") if part and "<" not in part), "root")
    name = re.sub(r"[^\w.-]", "_", first)
    return name if re.match(r"[A-Za-z_]", name) else f"_{name}"


def _blueprint(app: Any, name: str, rules: list[Rule]) -> Iterator[str]:
    shared = set.intersection(*(set(around(app, rule)) for rule in rules))
    yield f"  {name}:"
    if shared:
        yield f"    # Flask does around all of them: {', '.join(sorted(shared))}"
    yield "    owner: flask"
    listed = [line for rule in rules for line in _route(app, rule, shared)]
    yield from ["    routes:", *listed]


def _route(app: Any, rule: Rule, shared: set[str]) -> Iterator[str]:
    own = [each for each in around(app, rule) if each not in shared]
    if own:
        yield f"      # around it: {', '.join(own)}"
    for each in obstacles(app, rule):
        yield f"      # in the way: {each}"
    methods = [method for method in LISTED if method in (rule.methods or ())] or sorted(rule.methods or ())
    commented = "# " if rule.websocket else ""
    yield f"      {commented}- {{path: {json.dumps(template_of(rule))}, methods: [{', '.join(methods)}]}}"
