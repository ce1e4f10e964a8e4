"""Two ways to write one path: Flask's rule (`/run/<int:id>`) and FastAPI's path (`/run/{id:int}`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from werkzeug.routing import Rule
from werkzeug.routing.rules import parse_converter_args

_FLASK = re.compile(
    r"<\s*(?:(?P<converter>[a-zA-Z_]\w*)\s*(?:\((?P<arguments>.*?)\))?\s*:\s*)?(?P<name>[a-zA-Z_]\w*)\s*>",
)
_FASTAPI = re.compile(r"\{([a-zA-Z_]\w*)(?::([a-zA-Z_]\w*))?\}")

BUILT_IN = {"default", "string", "any", "path", "int", "float", "uuid"}  # Flask's converters
TEXT_CONVERTORS = {"str", "path"}  # FastAPI's convertors whose value is the text of the path


class RuleSyntaxError(ValueError):
    """A rule that Flask would not understand."""


class Shape(NamedTuple):
    """A path without its converters: two paths with one shape are candidates for the same route."""

    skeleton: str
    names: tuple[str, ...]


def canonical(rule: str) -> str:
    """A Flask rule in one spelling: `<x>` and `<default:x>` are `<string:x>`. Raises RuleSyntaxError."""

    def spell(match: re.Match[str]) -> str:
        converter = match["converter"] or "string"
        said = match["arguments"] or ""
        said = said if set("'\"") & set(said) else said.replace(" ", "")  # a text may hold a space that counts
        arguments = f"({said})" if said else ""
        return f"<{'string' if converter == 'default' else converter}{arguments}:{match['name']}>"

    spelled = _FLASK.sub(spell, rule)
    if re.search("[<>]", _FLASK.sub("", rule)):
        raise RuleSyntaxError(f"malformed rule {rule!r}")
    names = [match["name"] for match in _FLASK.finditer(rule)]
    if len(set(names)) != len(names):
        raise RuleSyntaxError(f"a variable stands twice in {rule!r}")
    return spelled


def parted(rule: str) -> tuple[str, str]:
    """Host (or subdomain) and path of a rule such as `//api.example.com/books`; a rule of one slash has no host."""
    if not rule.startswith("//"):
        return "", rule
    end = _FLASK.sub(lambda match: "x" * len(match[0]), rule).find("/", 2)  # a converter's argument may hold a slash
    return (rule[2:end], rule[end:]) if end > 0 else (rule[2:], "")


def template_of(rule: Rule) -> str:
    """A rule of Flask's map, behind `//` and its host or subdomain where it is bound to one."""
    assert rule.map is not None
    domain = rule.host if rule.map.host_matching else rule.subdomain
    home = None if rule.map.host_matching else rule.map.default_subdomain
    return f"//{domain}{rule.rule}" if domain and domain != home else rule.rule


def spelled(rule: Rule) -> str:
    """The same in the one spelling that the registry has for it."""
    return canonical(template_of(rule))


def shape_of_rule(rule: str) -> Shape:
    """The shape of the path of a Flask rule."""
    _, path = parted(rule)
    return Shape(_FLASK.sub("{}", path), tuple(match["name"] for match in _FLASK.finditer(path)))


def shape_of_path(path: str) -> Shape:
    """The shape of a FastAPI path."""
    return Shape(_FASTAPI.sub("{}", path), tuple(match[1] for match in _FASTAPI.finditer(path)))


def converters_of_rule(rule: str) -> dict[str, str]:
    """Variable name → converter name of the path of a Flask rule, `string` where none is written."""
    _, path = parted(rule)
    return {match["name"]: (match["converter"] or "string").replace("default", "string") for match in _FLASK.finditer(path)}


def convertors_of_path(path: str) -> dict[str, str]:
    """Variable name → convertor name of a FastAPI path, `str` where none is written."""
    return {match[1]: match[2] or "str" for match in _FASTAPI.finditer(path)}


def agreement(converters: Mapping[str, str], convertors: Mapping[str, str]) -> int | None:
    """How well a FastAPI path stands for a Flask rule with the same variables: 0 is exact, more is looser, None is not at all.

    FastAPI's `str` takes what any converter of one segment let through, and its `path` what a converter of the application's own did,
    which may have let slashes through; its other convertors must be the rule's own.
    """
    loose = 0
    for name, convertor in convertors.items():
        converter = converters.get(name)
        if converter is None:
            return None
        if converter == convertor or (converter, convertor) == ("string", "str"):
            continue
        fits = converter not in BUILT_IN if convertor == "path" else convertor == "str" and converter != "path"
        if not fits:
            return None
        loose += 1
    return loose


def to_rule(path: str) -> str:
    """A FastAPI path as a Flask rule."""
    return _FASTAPI.sub(lambda match: f"<{'string' if (match[2] or 'str') == 'str' else match[2]}:{match[1]}>", path)


def to_path(rule: str, convertors: Mapping[str, str]) -> str:
    """A Flask rule as a FastAPI path, whose variables have these convertors; those without one are text of one segment."""

    def variable(match: re.Match[str]) -> str:
        convertor = convertors.get(match["name"])
        return f"{{{match['name']}:{convertor}}}" if convertor else f"{{{match['name']}}}"

    return _FLASK.sub(variable, rule)


def text_variables(path: str) -> tuple[str, ...]:
    """Variables whose value FastAPI hands on as text."""
    return tuple(name for name, convertor in convertors_of_path(path).items() if convertor in TEXT_CONVERTORS)


def sample_of(rule: str) -> str:
    """A path that a Flask rule could match, as far as the names of its converters tell."""
    return _FLASK.sub(lambda match: _sample(match["converter"] or "string", match["arguments"] or ""), rule)


def _sample(converter: str, arguments: str) -> str:
    if converter == "any":
        return str(next(iter(parse_converter_args(arguments)[0]), "x"))
    known = {"int": "1", "float": "1.5", "path": "x/y", "uuid": "6b29fc40-ca47-1067-b31d-00dd010662da"}
    return known.get(converter, "x" * 8)
