"""Reads a registry's YAML by libyaml, thirty times as fast as by ruamel, so that a busy worker follows an edit in time.

PyYAML, which brings libyaml, speaks YAML 1.1 and ruamel 1.2. What the two could understand differently is left to ruamel, and so is
everything that is wrong, since only ruamel's complaints name what people see.
"""

from __future__ import annotations

import datetime
import re
from typing import Any, NamedTuple

try:
    import yaml
    from yaml import CSafeLoader as _Loader
except ImportError:  # nobody needs it: ruamel reads everything
    _Loader = None  # type: ignore[assignment, misc]

_TAG = "tag:yaml.org,2002:"
_UNUSUAL = re.compile(r"^%|\t", re.MULTILINE)  # directives, tabs
_BRACKET = re.compile(r"[\[\]{}]")
DEEPEST = 50
DEEPEST_TEXT = 500  # brackets that are open; some may stand in texts
_WORDS = {"true": True, "false": False, "null": None}
_TEXT = re.compile(r"[A-Za-z/_<]")
_INT = re.compile(r"0|[1-9]\d{0,14}", re.ASCII)
_FLOAT = re.compile(r"(0|[1-9]\d*)\.\d+", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class Read(NamedTuple):
    """A document: mappings, tuples and builtin scalars, and the lines of the items of `blueprints.*.routes`, counted from 1."""

    value: Any
    lines: dict[tuple[str, int], int]


class TooDeep(Exception):
    """Nested deeper than any registry is."""


class _Doubtful(Exception):
    """Something that the two kinds of YAML may understand differently, or that is wrong."""


def read(text: str) -> Read | None:
    """The document in `text`, or None where ruamel has to say what it means. Raises TooDeep."""
    if _Loader is None or _UNUSUAL.search(text):
        return None
    try:
        _bound_depth(text)
        root = yaml.compose(text, Loader=_Loader)
        return Read(_value(root, set()), _lines(root))
    except (yaml.YAMLError, _Doubtful, ValueError, RecursionError):
        return None


def _bound_depth(text: str) -> None:
    """libyaml's binding recurses in C, so that too deep a text would end the process; and ruamel would take minutes for it.

    Raises TooDeep.
    """
    depth = 0
    for bracket in _BRACKET.findall(text):  # newer versions of libyaml stop at a thousand themselves, and call it a mistake
        depth += 1 if bracket in "[{" else -1
        if depth > DEEPEST_TEXT:
            raise TooDeep
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                raise TooDeep
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _value(node: Any, seen: set[int]) -> Any:
    if id(node) in seen:  # an alias
        raise _Doubtful
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode) and node.tag == _TAG + "map":
        found: dict[str, Any] = {}
        for key, value in node.value:
            name = _value(key, seen)
            if not isinstance(name, str) or name in found:
                raise _Doubtful
            found[name] = _value(value, seen)
        return found
    if isinstance(node, yaml.SequenceNode) and node.tag == _TAG + "seq":
        return tuple(_value(each, seen) for each in node.value)
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node.value, node.tag.removeprefix(_TAG), node.style)
    raise _Doubtful


def _scalar(text: str, tag: str, style: str | None) -> Any:
    if tag == "str" and (style in ("'", '"') or (not style and _TEXT.match(text))):
        return text
    if style:
        raise _Doubtful
    if text in _WORDS and tag in ("bool", "null"):
        return _WORDS[text]
    if tag == "int" and _INT.fullmatch(text):
        return int(text)
    if tag == "float" and _FLOAT.fullmatch(text):
        return float(text)
    if tag == "timestamp" and _DATE.fullmatch(text):
        return datetime.date.fromisoformat(text)
    raise _Doubtful


def _lines(root: Any) -> dict[tuple[str, int], int]:
    return {
        (name.value, index): route.start_mark.line + 1
        for key, blueprints in root.value
        if key.value == "blueprints"
        for name, blueprint in blueprints.value
        for part, routes in blueprint.value
        if part.value == "routes"
        for index, route in enumerate(routes.value)
    }
