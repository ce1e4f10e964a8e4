"""The route registry: what `migration_status.yaml` may say, and how it is read.

An error names the line and the reason. `unlisted` is required and is the last key, so that no beginning of a file is a valid file.
"""

from __future__ import annotations

import datetime
import itertools
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from strangler import quick_yaml
from strangler.rules import canonical, parted

Lane = Literal["flask", "fastapi"]
LANES: tuple[Lane, ...] = ("flask", "fastapi")
OTHER: dict[Lane, Lane] = {"flask": "fastapi", "fastapi": "flask"}
Method = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9!#$%&'*+.^_`|~-]*$", max_length=40)]
"""A method of HTTP, in capitals (RFC 9110: any token), or `WS` for a WebSocket."""
SOCKET = "WS"
MAX_BYTES = 1024 * 1024  # of a file
MAX_NODES = 100_000  # values in it, those of aliases counted each time
Percent = Annotated[float, Field(ge=0, le=100)]


class RegistryError(Exception):
    """Why a registry was refused. `line` counts from 1 and is None when the file as a whole is meant."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(f"line {line}: {reason}" if line else reason)
        self.reason = reason
        self.line = line


class Unreadable(RegistryError):
    """The file could not be read; the next attempt may succeed."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Canary(_Entry):
    """A share of the requests that the other lane answers."""

    percent: Percent = 0
    sticky: Literal["user", "session", "ip"] | None = Field(None, description="Who keeps the lane that the first request was given")
    header: str | None = Field(None, description="A request header by which those who may choose a lane")
    users: tuple[str, ...] = Field((), description="Users that the other lane always answers")


class Shadow(_Entry):
    """A sample of safe requests, sent to the other lane as well and compared."""

    percent: Percent
    ignore: tuple[str, ...] = Field((), description="Paths into the answer that may differ, such as `response.trace_id`")


class Guard(_Entry):
    """An error budget: when it is used up, the owner changes by itself."""

    max_error_rate: float | None = Field(None, gt=0, le=1)
    max_latency_ratio: float | None = Field(None, gt=1, description="Of this lane's latency to the other's")
    min_requests: int = Field(100, ge=1)
    window: float = Field(300, gt=0, description="Seconds that are looked at")
    then: Lane = Field("flask", description="The owner when the budget is used up")


class Policy(_Entry):
    """What a blueprint says for all its routes, and a route for itself."""

    reason: str | None = None
    since: datetime.date | str | None = None
    canary: Canary | None = None
    shadow: Shadow | None = None
    guard: Guard | None = None
    shadow_safe: bool | None = Field(None, description="The routes change nothing, whatever their method says")
    moved: tuple[str, ...] | None = Field(None, description="What Flask does around the routes and FastAPI does as well, or need not do")


class Route(Policy):
    """One path with some methods, in Flask's rule syntax, behind `//` and a host or subdomain where it is bound to one."""

    path: str
    methods: tuple[Method, ...] = Field(min_length=1)
    endpoint: str | None = Field(None, description="The name under which metrics count the route")
    owner: Lane | None = Field(None, description="Set where the route differs from its blueprint")

    @field_validator("path")
    @classmethod
    def _is_a_rule(cls, path: str) -> str:
        if not path.startswith("/"):
            raise ValueError("a path begins with '/'")
        if not all(parted(path)[path[1:2] != "/" :]):
            raise ValueError("behind a host stands a path, as in '//api.example.com/books'")
        canonical(path)
        return path

    @field_validator("methods", mode="before")
    @classmethod
    def _in_capitals(cls, methods: Any) -> Any:
        for method in methods if isinstance(methods, tuple | list) else ():
            if isinstance(method, str) and method != method.upper():
                raise ValueError(f"{method!r}: methods are written in capitals")
        return methods

    @field_validator("methods")
    @classmethod
    def _once_each(cls, methods: tuple[Method, ...]) -> tuple[Method, ...]:
        if len(set(methods)) != len(methods):
            raise ValueError("a method stands here twice")
        return methods


class Blueprint(Policy):
    """Routes that are cut over together."""

    owner: Lane
    threads: int | None = Field(None, ge=1, le=256, description="Of Flask, for these routes alone")
    enabled: bool = Field(True, description="Whether the routes are served; 503 where not")
    sign_off: tuple[str, ...] = Field((), description="Suites that must have passed, beside parity and shadow, before a cut-over")
    routes: tuple[Route, ...] = Field(min_length=1)


class Registry(_Entry):
    """The whole file."""

    version: Literal[1]
    moved: tuple[str, ...] = Field((), description="The same of all blueprints")
    blueprints: dict[Annotated[str, Field(pattern=r"^[A-Za-z_][\w.-]*$")], Blueprint] = Field(min_length=1)
    unlisted: Literal["flask", "fastapi", "none"] = Field(
        description="Who owns routes that are not listed; `none` refuses them. The last key."
    )
    _lines: dict[tuple[str, int], int] = {}

    def each_route(self) -> Iterator[tuple[str, Blueprint, Route, int | None]]:
        """Blueprint name, blueprint, route, and the line of the route when the registry came from a text."""
        for name, blueprint in self.blueprints.items():
            for index, route in enumerate(blueprint.routes):
                yield name, blueprint, route, self._lines.get((name, index))


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the file, for editors."""
    schema = Registry.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Route registry", **schema}


def read(path: Path) -> Registry:
    """The registry in a file. Raises RegistryError, also when the file cannot be read, or is no file of a registry's size."""
    return decode(content_of(path), path.name)


def content_of(path: Path) -> bytes:
    """What is in a file. Whatever else stands in its place is not waited for: a FIFO, a device, a file without end.

    Raises:
        RegistryError: it is no file of a registry's size.
        Unreadable: it cannot be read now.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise RegistryError(f"{path.name} is no regular file")
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise Unreadable(f"{path.name} cannot be read: {error}") from error
    if len(content) > MAX_BYTES:
        raise RegistryError(f"{path.name} has more than {MAX_BYTES} bytes")
    return content


def decode(content: bytes, name: str) -> Registry:
    """The registry from the content of the file `name`. Raises RegistryError."""
    try:
        return parse(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise RegistryError(f"{name} cannot be read: {error}") from error


def parse(text: str) -> Registry:
    """A registry from its text. Raises RegistryError with the line of the first thing that is wrong."""
    registry = _quickly(text) or _parse(text)
    _refuse_duplicates(registry)
    return registry


def _quickly(text: str) -> Registry | None:
    """The registry, where nothing about it is wrong or doubtful."""
    try:
        quick = quick_yaml.read(text)
    except quick_yaml.TooDeep:
        raise RegistryError(f"it is nested more than {quick_yaml.DEEPEST} deep") from None
    if quick is None or not isinstance(quick.value, dict) or next(reversed(quick.value), None) != "unlisted":
        return None
    try:
        registry = Registry.model_validate(quick.value)
    except ValidationError:
        return None
    registry._lines = quick.lines
    return registry


def _parse(text: str) -> Registry:
    tree = _tree(text)
    if not isinstance(tree, CommentedMap):
        raise RegistryError("the file is empty, or not a mapping", 1)
    try:
        registry = Registry.model_validate(_plain(tree))
    except ValidationError as error:
        raise _first(error, tree) from None
    if next(reversed(tree)) != "unlisted":
        raise RegistryError("'unlisted' must be the last key: it proves that the file is whole", _line_of(tree, (next(reversed(tree)),)))
    registry._lines = {
        (name, index): tree["blueprints"][name]["routes"].lc.item(index)[0] + 1
        for name, blueprint in registry.blueprints.items()
        for index in range(len(blueprint.routes))
    }
    return registry


def _tree(text: str) -> Any:
    try:
        return YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise RegistryError(str(error.problem or error.context).splitlines()[0], mark.line + 1 if mark else None) from None
    except (YAMLError, ValueError) as error:
        raise RegistryError(str(error).splitlines()[0]) from None
    except RecursionError:
        raise RegistryError("it is nested too deeply") from None


def _refuse_duplicates(registry: Registry) -> None:
    seen: dict[tuple[str, str], int | None] = {}
    for _, _, route, line in registry.each_route():
        for method in route.methods:
            key = (canonical(route.path), method)
            if key in seen:
                raise RegistryError(f"{method} {route.path} is listed twice, first in line {seen[key]}", line)
            seen[key] = line


def _plain(tree: Any) -> Any:
    """Builtin values without ruamel's types; sequences become tuples, which is what the schema holds.

    Raises RegistryError where aliases multiply what stands in the file beyond `MAX_NODES`.
    """
    left = itertools.count(MAX_NODES, -1)

    def plain(node: Any) -> Any:
        if next(left) <= 0:
            raise RegistryError(f"aliases make more than {MAX_NODES} values of it")
        if isinstance(node, CommentedMap):
            return {plain(key): plain(value) for key, value in node.items()}
        if isinstance(node, CommentedSeq):
            return tuple(plain(value) for value in node)
        return _scalar(node)

    try:
        return plain(tree)
    except RecursionError:
        raise RegistryError("it is nested too deeply, or holds itself") from None


def _scalar(node: Any) -> Any:
    for kind in (bool, int, float, str):
        if isinstance(node, kind):
            return kind(node)
    if isinstance(node, datetime.datetime):
        return node.date()
    return node


def _first(error: ValidationError, tree: CommentedMap) -> RegistryError:
    """The first complaint of pydantic with the line it is about; a wrong key says more than the right one that is missing."""
    told = error.errors()
    deeper = [each for each in told if each["type"] != "too_short"] or told  # a list whose one entry is wrong counts as empty
    found = [(each["type"] == "missing", _line_of(tree, each["loc"]) or 0, each) for each in deeper]
    _, line, complaint = min(found, key=lambda each: each[:2])
    where = ".".join(str(part) for part in complaint["loc"])
    cause = complaint.get("ctx", {}).get("error")
    reason = str(cause) if isinstance(cause, Exception) else complaint["msg"]
    return RegistryError(f"{where}: {reason}", line or None)


def _line_of(tree: Any, location: tuple[Any, ...]) -> int | None:
    """Line of the deepest node of `location` that stands in the file."""
    line: int | None = None
    for part in location:
        if isinstance(tree, CommentedMap) and part in tree:
            line = tree.lc.key(part)[0] + 1
        elif isinstance(tree, CommentedSeq) and isinstance(part, int) and part < len(tree):
            line = tree.lc.item(part)[0] + 1
        else:
            break
        tree = tree[part]
    return line
