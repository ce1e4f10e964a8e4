"""What Flask does around a route and FastAPI will not (hooks, processors of URLs, error handlers, decorators), and what is in a move's way.

What a blueprint's routes lose by a move is acknowledged in the registry, word by word: `moved: [before_request:load_user]`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from werkzeug.routing import Rule
from werkzeug.routing.converters import DEFAULT_CONVERTERS

from strangler.registry import Blueprint
from strangler.rules import canonical, converters_of_rule

HOOKS = ("before_request", "after_request", "teardown_request")
PROCESSORS = {"url_value_preprocessors": "url_value_preprocessor", "url_default_functions": "url_defaults"}


def around(app: Any, rule: Rule) -> list[str]:
    """What Flask does around the view of a rule, such as `before_request:load_user` or `decorator:login_required`."""
    return list(dict.fromkeys(_around(app, rule)))


def _around(app: Any, rule: Rule) -> Iterator[str]:
    names = (None, *_blueprints(str(rule.endpoint)))
    for kind in HOOKS:
        yield from (f"{kind}:{_name(each)}" for each in _functions(app, f"{kind}_funcs", names))
    for attribute, kind in PROCESSORS.items():
        yield from (f"{kind}:{_name(each)}" for each in _functions(app, attribute, names))
    for name in names:
        for code, handlers in getattr(app, "error_handler_spec", {}).get(name, {}).items():
            yield from (f"errorhandler:{code if code is not None else kind.__name__}" for kind in handlers)
    view = app.view_functions.get(rule.endpoint)
    if view is not None:
        yield from (f"decorator:{each}" for each in decorators(view))


def _blueprints(endpoint: str) -> list[str]:
    """`a.b` and `a` of `a.b.view`."""
    parts = endpoint.split(".")[:-1]
    return [".".join(parts[:end]) for end in range(len(parts), 0, -1)]


def _functions(app: Any, attribute: str, names: Iterable[str | None]) -> Iterator[Any]:
    kept = getattr(app, attribute, {})
    for name in names:
        yield from kept.get(name, ())


def _name(function: Any) -> str:
    return str(getattr(function, "__name__", type(function).__name__))


def decorators(view: Any) -> Iterator[str]:
    """The names of the decorators around a view, from outside in, as far as they keep what they wrap in `__wrapped__`."""
    while (inner := getattr(view, "__wrapped__", None)) is not None:
        code = getattr(view, "__code__", None)
        made_in = code.co_qualname.split(".<locals>")[0] if code is not None else type(view).__name__
        yield made_in.rpartition(".")[2]
        view = inner


def obstacles(app: Any, rule: Rule) -> list[str]:
    """What stands in the way of moving a rule."""
    found = []
    if rule.websocket:
        found.append("a WebSocket, which WSGI cannot serve")
    if rule.host or rule.subdomain:
        found.append("it is bound to a host or a subdomain, which the gateway does not route")
    if rule.redirect_to is not None:
        found.append("it redirects by itself")
    if type(rule) is not Rule:
        found.append(f"a rule of the class {type(rule).__name__}")
    own = [name for name in converters_of_rule(rule.rule).values() if name not in DEFAULT_CONVERTERS]
    if own:
        found.append(f"converters of its own: {', '.join(own)}")
    if rule.rule.startswith("/<path:"):
        found.append("it takes every path that no other rule takes")
    return found


def unmoved(app: Any, blueprint: Blueprint) -> list[str]:
    """What Flask does around the routes of a blueprint and the registry does not say to have moved, each with a route that has it."""
    rules = {(canonical(rule.rule), method): rule for rule in app.url_map.iter_rules() for method in rule.methods or ()}
    found: dict[str, str] = {}
    for route in blueprint.routes:
        acknowledged = {*(blueprint.moved or ()), *(route.moved or ())}
        for method in route.methods:
            rule = rules.get((canonical(route.path), method))
            for each in around(app, rule) if rule is not None else ():
                if each not in acknowledged:
                    found.setdefault(each, f"{method} {route.path}")
    return [f"{each} (around {route})" for each, route in found.items()]
