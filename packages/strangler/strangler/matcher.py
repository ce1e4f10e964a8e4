"""Walks werkzeug's state machine of rules, finding what it finds in a third of the time.

werkzeug builds the machine; here its patterns are compiled and its converters looked up beforehand, and what would end as a redirect or an
error is simply no match.
A property test holds the two together.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from werkzeug.routing import BaseConverter, Rule, ValidationError
from werkzeug.routing.matcher import State, StateMachineMatcher

_SEGMENT = re.compile(r"\(\?P<__werkzeug_\d+>\[\^/\]\{1,\}\)\\Z")
Found = tuple["Leaf", list[str]]


class _SlashRequired(Exception):
    pass


class Leaf:
    """A rule at the end of a path."""

    __slots__ = ("converters", "defaults", "methods", "names", "rule", "strict")

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.methods = rule.methods
        self.strict = rule.strict_slashes
        self.defaults = dict(rule.defaults or {})
        self.names = tuple(rule._converters)
        self.converters: tuple[tuple[str, Callable[[str], Any]], ...] = tuple(
            (name, converter.to_python)
            for name, converter in rule._converters.items()
            if type(converter).to_python is not BaseConverter.to_python
        )


class _Node:
    __slots__ = ("dynamic", "leaves", "only_segment", "static")

    def __init__(self, state: State) -> None:
        self.static = {part: _Node(following) for part, following in state.static.items()}
        self.dynamic = [_Step(part.content, part.final, part.suffixed, _Node(following)) for part, following in state.dynamic]
        self.leaves = [Leaf(rule) for rule in state.rules]
        self.only_segment = self.dynamic[0].node if len(self.dynamic) == 1 and self.dynamic[0].segment else None
        """Where any segment leads to, when no other variable may stand here."""


class _Step:
    __slots__ = ("final", "groups", "match", "node", "segment", "suffixed")

    def __init__(self, content: str, final: bool, suffixed: bool, node: _Node) -> None:
        pattern = re.compile(content)
        self.segment = not final and not suffixed and _SEGMENT.fullmatch(content) is not None
        self.match = pattern.match
        self.final = final
        self.suffixed = suffixed
        self.groups = [
            pattern.groupindex[name]
            for name in sorted((name for name in pattern.groupindex if name.startswith("__werkzeug_")), key=lambda name: int(name[11:]))
        ]
        self.node = node


class Matcher:
    """A compiled set of rules. They must be bound to a map."""

    def __init__(self, rules: list[Rule], merge_slashes: bool, home: str = "") -> None:
        """`home` is the host or subdomain of the requests that tell none."""
        machine = StateMachineMatcher(merge_slashes)
        for rule in rules:
            if not rule.build_only:
                machine.add(rule)
        machine.update()
        self._root = _Node(machine._root)
        self._home = self._root.static.get(home, _Node(State()))

    def match(self, method: str, path: str, domain: str | None = None) -> tuple[Rule, dict[str, Any]] | None:
        """The rule of a request and its converted variables; None where werkzeug would redirect, or answer 404 or 405."""
        if path[:1] != "/" or path[:2] == "//":
            path = f"/{path.lstrip('/')}" if path else ""
        parts = path.split("/")
        try:
            found = _find(self._home, parts, 0, [], method) if domain is None else _find(self._root, [domain, *parts], 0, [], method)
        except _SlashRequired:
            return None
        if found is None:
            return None
        leaf, values = found
        params: dict[str, Any] = dict(zip(leaf.names, values, strict=False)) if values else {}
        if leaf.converters:
            try:
                for name, convert in leaf.converters:
                    params[name] = convert(params[name])
            except ValidationError:
                return None
        if leaf.defaults:
            params.update(leaf.defaults)
        return leaf.rule, params


def _find(node: _Node, parts: list[str], index: int, values: list[str], method: str) -> Found | None:
    last = len(parts) - 1
    while index <= last:  # as long as there is one way, and nothing to come back to
        part = parts[index]
        if not part and index == last:
            break
        following = node.static.get(part)
        if not node.dynamic:
            if following is None:
                return None
            node = following
        elif following is None and part and node.only_segment is not None:
            node = node.only_segment
            values = [*values, part]
        else:
            break
        index += 1
    else:
        return _at_the_end(node, values, method)
    following = node.static.get(part)
    if following is not None:
        found = _find(following, parts, index + 1, values, method)
        if found is not None:
            return found
    for step in node.dynamic:
        if step.segment:
            if not part:
                continue
            found = _find(step.node, parts, index + 1, [*values, part], method)
        else:
            found = _step(step, parts, index, values, method)
        if found is not None:
            return found
    if not part and index == last:
        for leaf in node.leaves:
            if not leaf.strict and (leaf.methods is None or method in leaf.methods):
                return leaf, values
    return None


def _step(step: _Step, parts: list[str], index: int, values: list[str], method: str) -> Found | None:
    target = "/".join(parts[index:]) if step.final else parts[index]
    match = step.match(target)
    if match is None:
        return None
    values = values + [match[group] for group in step.groups]
    if step.suffixed and match.groups()[-1] == "/":
        return _find(step.node, [""], 0, values, method)
    return _find(step.node, parts, len(parts) if step.final else index + 1, values, method)


def _at_the_end(node: _Node, values: list[str], method: str) -> Found | None:
    for leaf in node.leaves:
        if leaf.methods is None or method in leaf.methods:
            return leaf, values
    slashed = node.static.get("")
    if slashed is not None:
        for leaf in slashed.leaves:
            if leaf.methods is None or method in leaf.methods:
                if leaf.strict:
                    raise _SlashRequired
                return leaf, values
    return None
