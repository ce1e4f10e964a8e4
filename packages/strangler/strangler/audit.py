"""What Flask does around a route and FastAPI will not (hooks, processors of URLs, error handlers, decorators), and what is in a move's way.

What the routes of a blueprint lose by a move is acknowledged in the registry, word by word: `moved: [before_request:load_user]`, at a
route, at its blueprint, or for all at the top.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from werkzeug.routing import Rule
from werkzeug.routing.converters import DEFAULT_CONVERTERS

from strangler.registry import Blueprint, Registry
from strangler.rules import canonical, converters_of_rule, spelled

Rules = dict[tuple[str, str], Rule]
NAMED = 10  # of what is not acknowledged
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


class Audit:
    """What speaks against a cut-over because of what Flask does around the routes; kept for the registry that was asked about last."""

    def __init__(self, app: Any | None, *, is_elsewhere: bool = False) -> None:
        """`app` is the Flask application; None when it is gone, or `is_elsewhere`, so that nothing can be known of it here."""
        self._app = app
        self._is_elsewhere = is_elsewhere
        self._rules: Rules = {}
        self._of: Registry | None = None
        self._found: dict[str, list[str]] = {}

    def against(self, registry: Registry, name: str) -> list[str]:
        """Objections to the cut-over of a blueprint of the registry; none when all is acknowledged."""
        if self._of is not registry:
            self._of, self._found = registry, {}
            self._rules = rules_of(self._app) if self._app is not None else {}
        if name not in self._found:
            self._found[name] = list(self._against(registry, registry.blueprints[name]))
        return self._found[name]

    def _against(self, registry: Registry, blueprint: Blueprint) -> Iterator[str]:
        if self._is_elsewhere:
            if any(blueprint.moved is None and route.moved is None for route in blueprint.routes):
                yield "what a remote Flask does around its routes is not known here: name it in `moved`, or say `moved: []`"
        elif self._app is not None and (left := unmoved(self._app, blueprint, self._rules, registry.moved)):
            shown = ", ".join(left[:NAMED]) + (f" and {len(left) - NAMED} more" if len(left) > NAMED else "")
            yield f"Flask does around its routes what `moved` does not name: {shown}"


def rules_of(app: Any) -> Rules:
    """The rules of a Flask application by path and method."""
    return {(spelled(rule), method): rule for rule in app.url_map.iter_rules() for method in rule.methods or ()}


def unmoved(app: Any, blueprint: Blueprint, rules: Rules, everywhere: Iterable[str] = ()) -> list[str]:
    """What Flask does around the routes of a blueprint and the registry does not say to have moved, each with a route that has it."""
    found: dict[str, str] = {}
    for route in blueprint.routes:
        acknowledged = {*everywhere, *(blueprint.moved or ()), *(route.moved or ())}
        for method in route.methods:
            rule = rules.get((canonical(route.path), method))
            for each in around(app, rule) if rule is not None else ():
                if each not in acknowledged:
                    found.setdefault(each, f"{method} {route.path}")
    return [f"{each} (around {route})" for each, route in found.items()]
