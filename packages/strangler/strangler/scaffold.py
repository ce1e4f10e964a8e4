"""The first draft of a FastAPI router for a Flask blueprint: paths, typed variables, query parameters as the views read them."""

from __future__ import annotations

import ast
import inspect
import json
import re
import textwrap
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Protocol

from werkzeug.routing import AnyConverter, BaseConverter, Map, Rule

from strangler.audit import around
from strangler.rules import converters_of_rule, to_path
from strangler.starting import group_of

PATHS = {"int": ("int", "int"), "float": ("float", "float"), "uuid": ("uuid", "UUID"), "path": ("path", "str")}
"""Converter of Flask → convertor of FastAPI, and type. All others match one segment, as text."""
READERS = {"int": "int", "float": "float", "bool": "bool"}
"""`type=` of `request.args.get` → type; all others are text."""
BODY = {"data", "files", "form", "get_data", "get_json", "json", "stream", "values"}


class FlaskApp(Protocol):
    """A Flask application, as far as it is read here."""

    url_map: Map
    view_functions: dict[str, Any]
    blueprints: dict[str, Any]


class _Parameter(NamedTuple):
    name: str
    annotation: str
    default: str | None = None

    def __str__(self) -> str:
        return f"{self.name}: {self.annotation}" + (f" = {self.default}" if self.default is not None else "")


def scaffold(app: FlaskApp, name: str) -> str:
    """The text of a module with a router for `name`: a blueprint, or what routes of the application itself are listed under in its first
    registry (`strangler init`). Each endpoint raises NotImplementedError, which names the view to move.

    Raises:
        LookupError: there are no such routes; the message names those that there are.
    """
    groups: dict[str, list[Rule]] = {}
    for rule in app.url_map.iter_rules():
        if not rule.build_only and not rule.websocket and rule.endpoint != "static" and not rule.endpoint.endswith(".static"):
            groups.setdefault(group_of(rule), []).append(rule)
    if name not in groups:
        raise LookupError(f"there is no blueprint {name!r} with routes; there are {', '.join(sorted(groups))}")
    rules = groups[name]
    prefix = _prefix([rule.rule for rule in rules])
    taken: set[str] = set()
    endpoints = "\n\n".join(_around(app, rule) + _endpoint(rule, prefix, app.view_functions[rule.endpoint], taken) for rule in rules)
    options = ", ".join([f"prefix={json.dumps(prefix)}"] * bool(prefix) + [f"tags=[{json.dumps(name)}]"])
    head = [f'"""The routes of `{name}`."""', "", *_imports(endpoints), "", f"router = APIRouter({options})"]
    return "\n".join(head) + "\n\n\n" + endpoints


def _prefix(rules: list[str]) -> str:
    """The segments that all rules begin with, no variable among them."""
    shared: list[str] = []
    for segments in zip(*(rule.split("/")[:-1] for rule in rules), strict=False):
        if len(set(segments)) > 1 or "<" in segments[0]:
            break
        shared.append(segments[0])
    return "/".join(shared)


def _imports(text: str) -> Iterator[str]:
    typing = [name for name in ("Annotated", "Literal") if f"{name}[" in text]
    standard = [f"from typing import {', '.join(typing)}"] * bool(typing) + ["from uuid import UUID"] * (": UUID" in text)
    yield from [*standard, ""] if standard else []
    used = [name for name in ("Query", "Request") if re.search(rf"\b{name}\b", text)]
    yield f"from fastapi import {', '.join(['APIRouter', *used])}"


def _endpoint(rule: Rule, prefix: str, view: Callable[..., Any], taken: set[str]) -> str:
    methods = sorted(set(rule.methods or ()) - {"HEAD", "OPTIONS"})
    convertors = {name: _convertor(converter, rule._converters[name]) for name, converter in converters_of_rule(rule.rule).items()}
    path = json.dumps(to_path(rule.rule.removeprefix(prefix), convertors))
    simple = len(methods) == 1 and methods[0] != "TRACE"
    route = f"@router.{methods[0].lower()}({path})" if simple else f"@router.api_route({path}, methods={json.dumps(methods)})"
    name = _free(rule.endpoint.rpartition(".")[2], taken)
    signature = _signature(name, _parameters(rule, _tree(view)))
    doc = (inspect.getdoc(view) or "").split("\n")[0].replace("\\", "/").replace('"', "'")
    move = json.dumps(f"to move: {view.__module__}.{view.__qualname__}")
    return "\n".join([route, signature, *([f'    """{doc}"""'] if doc else []), f"    raise NotImplementedError({move})", ""])


def _around(app: FlaskApp, rule: Rule) -> str:
    """What Flask does around the view, which nobody does for the endpoint, as a comment."""
    found = ", ".join(around(app, rule))
    told = textwrap.fill(f"Flask does around it: {found}", 120, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)
    return f"{told}\n" if found else ""


def _convertor(converter: str, found: BaseConverter) -> str:
    """One of the application's own may let slashes through."""
    return PATHS[converter][0] if converter in PATHS else "" if found.part_isolating else "path"


def _free(name: str, taken: set[str]) -> str:
    name = name if name.isidentifier() else "view"
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def _signature(name: str, parameters: list[_Parameter]) -> str:
    line = f"async def {name}({', '.join(map(str, parameters))}) -> None:"
    if len(line) <= 120:
        return line
    return f"async def {name}(\n" + "".join(f"    {each},\n" for each in parameters) + ") -> None:"


def _parameters(rule: Rule, tree: ast.AST) -> list[_Parameter]:
    """The request where the view reads its body, variables of the path, query parameters; those with a default last."""
    converters = converters_of_rule(rule.rule)
    found = {name: _Parameter(name, _type(converter, rule._converters[name])) for name, converter in converters.items()}
    for parameter in _query(tree):
        found.setdefault(parameter.name, parameter)
    if any(isinstance(node, ast.Attribute) and node.attr in BODY and _is_request(node.value) for node in ast.walk(tree)):
        found = {"request": _Parameter("request", "Request"), **found}
    return sorted(found.values(), key=lambda each: each.default is not None)


def _type(converter: str, found: BaseConverter) -> str:
    if isinstance(found, AnyConverter):
        return f"Literal[{', '.join(json.dumps(item) for item in sorted(found.items))}]"
    return PATHS.get(converter, ("", "str"))[1]


def _tree(view: Callable[..., Any]) -> ast.AST:
    """The view's source, below its decorators; nothing where it has none."""
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(view))))
    except (OSError, TypeError, SyntaxError):
        return ast.Module([], [])


def _is_request(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == "request"


def _is_args(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "args" and _is_request(node.value)


def _query(tree: ast.AST) -> Iterator[_Parameter]:
    """What a view reads by `request.args[…]`, `.get(…)` and `.getlist(…)` under a name that stands there."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and _is_args(node.value) and _text(node.slice):
            yield _parameter(_text(node.slice), "str")
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_args(node.func.value) and node.args:
            given = {each.arg: each.value for each in node.keywords}
            kind = _reader(given.get("type") or (node.args[2] if len(node.args) > 2 else None))
            name = _text(node.args[0])
            if name and node.func.attr == "getlist":
                yield _parameter(name, f"list[{kind}]", "default_factory=list")
            elif name and node.func.attr == "get":
                default = given.get("default") or (node.args[1] if len(node.args) > 1 else None)
                value = default.value if isinstance(default, ast.Constant) else None
                optional = value is None
                shown = json.dumps(value) if isinstance(value, str) else repr(value)
                yield _parameter(name, f"{kind} | None" if optional else kind, default=shown)


def _text(node: ast.AST) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _reader(node: ast.AST | None) -> str:
    return READERS.get(node.id, "str") if isinstance(node, ast.Name) else "str"


def _parameter(name: str, annotation: str, query: str = "", default: str | None = None) -> _Parameter:
    """A query parameter; one whose name is no identifier gets one, and keeps its own as an alias."""
    identifier = re.sub(r"\W", "_", name).strip("_") or "parameter"
    options = ", ".join(([f"alias={json.dumps(name)}"] if identifier != name else []) + ([query] if query else []))
    return _Parameter(identifier, f"Annotated[{annotation}, Query({options})]" if options else annotation, default)
