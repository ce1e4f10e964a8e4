"""The route table: registry and applications, compiled into one werkzeug map that never changes.

A lookup costs the same for ten routes and for two thousand, and finds what Flask would find: the rules of the Flask application are taken
over in the order of its own state machine, with its converters, strict and merged slashes.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter, Map, Rule
from werkzeug.routing.matcher import State

from strangler.fastapi_lane import Endpoint
from strangler.flask_side import Side
from strangler.hosts import bound_to
from strangler.matcher import Matcher
from strangler.registry import OTHER, SOCKET, Blueprint, Lane, Registry, RegistryError, Route
from strangler.rules import agreement, canonical, converters_of_rule, parted, shape_of_rule, spelled, template_of, to_rule
from strangler.steering import Steered
from strangler.target import Match as Match
from strangler.target import Target as Target

Found = tuple[Rule, dict[str, Any]]
Entry = tuple[str, Blueprint, Route, int | None]  # blueprint's name, blueprint, route, line


class Table:
    """An immutable lookup from method and path to a target."""

    def __init__(
        self, rules: list[Rule], targets: dict[int, dict[str, Target]], map: Map, only_fastapi: bool, anywhere: list[Rule] | None = None
    ) -> None:
        """`anywhere` are those of the rules that hold on every host, where others are bound to one."""
        self.map = map
        self.rules = rules
        self.only_fastapi = only_fastapi
        """Whether some rules are unknown to Flask, so that it cannot answer for all wrong methods and slashes."""
        self.targets: tuple[Target, ...] = tuple(target for each in targets.values() for target in each.values())
        self.hash = _hash(self.targets)
        self.steered: Mapping[Target, Steered] = {}
        """What is in force for some targets besides their lane; replaced as a whole when it changes."""
        self._targets = targets
        self.methods = frozenset(target.method for target in self.targets)
        self.has_hosts = map.host_matching or any(rule.subdomain != map.default_subdomain for rule in rules)
        """Whether routes are told apart by host or subdomain."""
        self._match, self._match_socket = (self._finder(anywhere or [], is_socket=kind) for kind in (False, True))
        map.update()
        self.names = _names(rules, targets)
        """Name → endpoint in `map`, for URLs."""
        self._redirecting = _redirecting(map)

    def _finder(self, anywhere: list[Rule], *, is_socket: bool) -> Callable[..., Found | None]:
        home = "" if self.map.host_matching else self.map.default_subdomain
        bound, free = ([rule for rule in rules if rule.websocket is is_socket] for rules in (self.rules, anywhere))
        match = Matcher(bound, self.map.merge_slashes, home).match
        if not self.has_hosts:
            return match
        match_anywhere = Matcher(free, self.map.merge_slashes, home).match
        return lambda method, path, domain: match(method, path, domain) or match_anywhere(method, path)

    def lookup(self, method: str, path: str, domain: str | None = None) -> Match | None:
        """The match of a request. `path` is decoded and relative to the application's root, `domain` the host or subdomain, where
        routes are told apart by that. None where Flask would not run a view."""
        found = self._match(method, path, domain)
        if found is None:
            return None
        rule, params = found
        number = id(rule)
        target = self._targets[number].get(method)
        if target is None or (number in self._redirecting and self._redirects(method, path, domain)):
            return None
        return Match(target, params)

    def lookup_socket(self, path: str, domain: str | None = None) -> Match | None:
        """The match of a WebSocket's handshake; None where no route takes it that anybody could serve."""
        found = self._match_socket("GET", path, domain)
        target = self._targets[id(found[0])].get(SOCKET) if found is not None else None
        return Match(target, found[1]) if found is not None and target is not None else None

    def _redirects(self, method: str, path: str, domain: str | None) -> bool:
        try:
            bound_to(self.map, domain).match(path, method)
        except HTTPException:
            return True
        return False


def compile_table(
    registry: Registry,
    url_map: Map | None,
    operations: Iterable[Endpoint],
    *,
    lane: Lane | None = None,
    mounted: Iterable[str] = (),
    converters: Mapping[str, type[BaseConverter]] | None = None,
    side: Side | None = None,
) -> Table:
    """The table of a registry over both applications. Raises RegistryError when they contradict each other.

    `url_map` is Flask's, or None when Flask is gone; `side` knows what else Flask answers. `lane` serves everything that exists in it,
    whatever the registry says. `mounted` are rules of Flask that a mount of FastAPI holds as well.
    """
    return _Compiler(registry, url_map, operations, lane, frozenset(mounted), converters or {}, side).compile()


class _MatchedRule(Rule):
    """A rule that makes its builders of URLs when the first one is built: they are most of what a rule costs, and only redirects need
    them."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compile_builder = super()._compile_builder
        made: Callable[..., tuple[str, str]] | None = None

        def build(rule: Rule, **values: Any) -> tuple[str, str]:
            nonlocal made
            made = made or compile_builder(append_unknown)
            return made(rule, **values)

        return build


class _Compiler:
    def __init__(
        self,
        registry: Registry,
        url_map: Map | None,
        operations: Iterable[Endpoint],
        lane: Lane | None,
        mounted: frozenset[str],
        converters: Mapping[str, type[BaseConverter]],
        side: Side | None,
    ) -> None:
        self.registry = registry
        self.side = side
        self.url_map = url_map
        self.lane = lane
        self.mounted = mounted
        self.by_shape: dict[Any, list[Endpoint]] = {}
        self.unpaired: dict[tuple[str, str], Endpoint] = {}
        for operation in operations:
            self.by_shape.setdefault(operation.shape, []).append(operation)
            for method in sorted(operation.methods):
                self.unpaired.setdefault((operation.path, method), operation)
        self.listed: dict[tuple[str, str], Entry] = {
            (canonical(route.path), method): (name, group, route, line)
            for name, group, route, line in registry.each_route()
            for method in route.methods
        }
        self.pending = dict(self.listed)
        self.map = _empty_map(url_map, converters, any(path.startswith("//") for path, _ in self.listed))
        self.rules: list[Rule] = []
        self.targets: dict[int, dict[str, Target]] = {}
        self.only_fastapi = url_map is None
        self.anywhere: list[Rule] = []

    def compile(self) -> Table:
        if self.url_map is not None:
            for rule in _in_order(self.url_map):
                self._take_over(rule)
        self._add_listed()
        self._add_unlisted()
        return Table(self.rules, self.targets, self.map, self.only_fastapi, self.anywhere)

    def _take_over(self, rule: Rule) -> None:
        """A rule of Flask, with the operation of FastAPI that stands for it."""
        taken = _MatchedRule(rule.rule, **rule.get_empty_kwargs()) if type(rule) is Rule else _unbound(rule)
        taken.merge_slashes, taken.websocket = rule.merge_slashes, rule.websocket  # which `empty` forgets
        self._bind(taken, None)
        if rule.build_only:
            return
        if rule.websocket:
            self._take_socket(taken)
            return
        automatic = getattr(rule, "provide_automatic_options", False)
        methods = set(rule.methods or ()) - ({"OPTIONS"} if automatic else set())
        known = spelled(rule)
        for method in sorted(methods):
            entry = self._entry(known, method, methods)
            operation = self._operation(known, method)
            self.targets[id(taken)][method] = self._target(taken, method, entry, operation, in_flask=True)

    def _take_socket(self, rule: Rule) -> None:
        """A WebSocket of Flask, which has a target only where somebody serves it: WSGI cannot."""
        known, in_flask = spelled(rule), self.side is not None and self.side.takes_sockets
        entry, operation = self._entry(known, SOCKET, {SOCKET}), self._operation(known, SOCKET)
        if in_flask or entry is not None or operation is not None:
            self.targets[id(rule)][SOCKET] = self._target(rule, SOCKET, entry, operation, in_flask=in_flask)

    def _entry(self, known: str, method: str, methods: set[str]) -> Entry | None:
        """What the registry says about a method; HEAD follows GET unless it is listed itself."""
        entry = self.listed.get((known, method))
        self.pending.pop((known, method), None)
        if entry is None and method == "HEAD" and "GET" in methods:
            return self.listed.get((known, "GET"))
        return entry

    def _operation(self, known: str, method: str) -> Endpoint | None:
        """The operation of FastAPI for a rule and method, the closest in converters; HEAD follows GET."""
        converters = converters_of_rule(known)
        for wanted in (method, "GET") if method == "HEAD" else (method,):
            found = [
                (looseness, position, operation)
                for position, operation in enumerate(self.by_shape.get(shape_of_rule(known), ()))
                if wanted in operation.methods and (looseness := agreement(converters, operation.convertors)) is not None
            ]
            if found:
                operation = min(found, key=lambda each: each[:2])[2]
                self.unpaired.pop((operation.path, wanted), None)
                return operation
        return None

    def _target(self, rule: Rule, method: str, entry: Entry | None, operation: Endpoint | None, *, in_flask: bool) -> Target:
        lanes: set[Lane] = {"flask"} if in_flask else set()
        if operation is not None or rule.rule in self.mounted:
            lanes.add("fastapi")
        side = self.side if method != SOCKET or (self.side is not None and self.side.takes_sockets) else None
        unclaimed = entry is None and not in_flask and side is not None and (self.lane or self.registry.unlisted) == "flask"
        if (
            entry is not None
            and not in_flask
            and side is not None
            and (side.covers(template_of(rule), method) or (side.has_hooks and operation is not None))
        ):
            lanes.add("flask")
        name, group, route, line = entry or (None, None, None, None)
        template = template_of(rule)
        owner: Lane | None = self.lane or (route.owner if route else None) or (group.owner if group else None)
        if entry is None and not _is_static(rule):
            if self.registry.unlisted == "none":
                raise RegistryError(f"{method} {template} exists but is not listed, and 'unlisted' is none")
            owner = owner or self.registry.unlisted
        owner = owner or "flask"
        if owner not in lanes:
            if not lanes:
                raise RegistryError(f"{method} {template} is listed, but no application has it", line)
            if entry is not None and self.lane is None:
                if method == SOCKET and owner == "flask":
                    raise RegistryError(f"{method} {template} is given to flask, and WSGI has no WebSockets", line)
                raise RegistryError(f"{method} {template} is given to {owner}, which does not have it", line)
            owner = OTHER[owner]
        label = (route.endpoint if route else None) or (str(rule.endpoint) if in_flask else operation.name if operation else "")
        return Target(method, template, owner, name, label, frozenset(lanes), operation, route, group, unclaimed)

    def _add_listed(self) -> None:
        """Listed routes that Flask does not have."""
        grouped: dict[str, list[str]] = {}
        for known, method in self.pending:
            grouped.setdefault(known, []).append(method)
        for known, methods in grouped.items():
            self._add_all(known, methods)

    def _add_unlisted(self) -> None:
        """Operations of FastAPI that neither Flask nor the registry knows."""
        grouped: dict[str, list[str]] = {}
        taken = {(shape_of_rule(target.template).skeleton, method) for each in self.targets.values() for method, target in each.items()}
        for (path, method), operation in self.unpaired.items():
            if (operation.shape.skeleton, method) not in taken:  # else a twin that does not agree, which `check` reports
                grouped.setdefault(to_rule(path), []).append(method)
        for known, methods in grouped.items():
            self._add_all(known, methods)

    def _add_all(self, known: str, methods: list[str]) -> None:
        plain = [method for method in methods if method != SOCKET]
        if plain:
            self._add(known, plain)
        if len(plain) < len(methods):
            self._add_socket(known)

    def _add_socket(self, known: str) -> None:
        entry = self._entry(known, SOCKET, {SOCKET})
        template, line = (entry[2].path, entry[3]) if entry else (known, None)
        rule = self._made(template, line, endpoint=f"fastapi:{known}", websocket=True)
        self.targets[id(rule)][SOCKET] = self._target(rule, SOCKET, entry, self._operation(known, SOCKET), in_flask=False)
        self.only_fastapi = True

    def _add(self, known: str, methods: list[str]) -> None:
        first = self.listed.get((known, methods[0]))
        template = first[2].path if first else known
        rule = self._made(template, first[3] if first else None, methods=[*methods, "OPTIONS"], endpoint=f"fastapi:{known}")
        assert rule.methods is not None
        explicit = set(rule.methods) - ({"OPTIONS"} - set(methods))
        for method in sorted(explicit):
            entry = self._entry(known, method, explicit)
            self.targets[id(rule)][method] = self._target(rule, method, entry, self._operation(known, method), in_flask=False)
        self.only_fastapi = True

    def _made(self, template: str, line: int | None, **options: Any) -> Rule:
        """A rule that Flask does not have."""
        host, path = parted(template)
        if host:
            options["host" if self.map.host_matching else "subdomain"] = host
        rule = _MatchedRule(path, **options)
        self._bind(rule, line)
        if not host:
            self.anywhere.append(rule)
        return rule

    def _bind(self, rule: Rule, line: int | None) -> None:
        try:
            self.map.add(rule)
        except (LookupError, ValueError) as error:
            raise RegistryError(f"{rule.rule}: {error}", line) from None
        self.rules.append(rule)
        self.targets[id(rule)] = {}


def _empty_map(url_map: Map | None, converters: Mapping[str, type[BaseConverter]], has_hosts: bool) -> Map:
    if url_map is None:
        return Map(converters=converters, host_matching=has_hosts)
    return Map(
        default_subdomain=url_map.default_subdomain,
        host_matching=url_map.host_matching,
        strict_slashes=url_map.strict_slashes,
        merge_slashes=url_map.merge_slashes,
        redirect_defaults=url_map.redirect_defaults,
        converters={**url_map.converters, **converters},
    )


def _in_order(url_map: Map) -> list[Rule]:
    """Flask's rules in the order in which its state machine tries them, then those that only build URLs."""
    url_map.update()
    rules: list[Rule] = []

    def walk(state: State) -> None:
        rules.extend(state.rules)
        for following in state.static.values():
            walk(following)
        for _, following in state.dynamic:
            walk(following)

    walk(url_map._matcher._root)
    return rules + [rule for rule in url_map.iter_rules() if rule.build_only]


def _unbound(rule: Rule) -> Rule:
    """A copy of a rule of a class of its own, whose constructor nobody knows here."""
    made = copy.copy(rule)
    made.map = None  # type: ignore[assignment]
    made._converters = {}
    return made


def _is_static(rule: Rule) -> bool:
    """Flask's own route for files, of the application or of a blueprint; it need not be listed."""
    return str(rule.endpoint) == "static" or str(rule.endpoint).endswith(".static")


def _names(rules: Iterable[Rule], targets: Mapping[int, Mapping[str, Target]]) -> dict[str, str]:
    """Flask's endpoints, then what the registry calls them, then the names of FastAPI's operations, with their blueprint and without."""
    served = [(target, str(rule.endpoint)) for rule in rules for target in targets[id(rule)].values()]
    names = {str(rule.endpoint): str(rule.endpoint) for rule in rules}
    for target, endpoint in served:
        names.setdefault(target.endpoint, endpoint)
    for form in ("{0.blueprint}.{0.api.name}", "{0.api.name}"):
        for target, endpoint in served:
            if target.api is not None:
                names.setdefault(form.format(target), endpoint)
    return names


def _redirecting(map: Map) -> set[int]:
    """Rules that redirect although they match: by `redirect_to`, as an alias, or because another rule gives defaults for them."""
    found = {id(rule) for rule in map.iter_rules() if rule.redirect_to is not None or rule.alias}
    if map.redirect_defaults:
        for rule in map.iter_rules():
            if any(other.provides_defaults_for(rule) for other in map.iter_rules(rule.endpoint) if other is not rule):
                found.add(id(rule))
    return found


def _hash(targets: Iterable[Target]) -> str:
    lines = sorted(f"{target.method} {target.template} {target.blueprint} {target.lane} {target.endpoint}" for target in targets)
    policies = sorted(repr((target.listed, target.group and target.group.model_copy(update={"routes": ()}))) for target in targets)
    return hashlib.sha256("\n".join(lines + policies).encode()).hexdigest()[:12]
