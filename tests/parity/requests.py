"""What is asked: requests drawn by hypothesis from the OpenAPI document, and from the route table where it says nothing.

A drawn request is symbolic: `Known("run_id", 3)` stands for the fourth run that is known when the request is sent, so that ids which
answers made can be asked for later. Of every route the first request is the plainest: an administrator with valid values.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from strangler.registry import Registry
from strangler.rules import converters_of_rule
from tests.parity.kinds import FORMS, KINDS, Known, kind_in, kind_of

CALLERS = ("admin", "user", "manager", "tunnel", "cookie", "anonymous", "unknown token", "odd header")
UNKNOWN = "0b5f7f9e-4d4c-4c2a-9d2a-5a3c1f0e7d11"
MALFORMED = ("not-a-uuid", UNKNOWN.replace("-", ""), "{" + UNKNOWN + "}", "0", "ä ö", "a%b", "None", "x" * 300)
TEXTS = ("text", "", " ", "two words", "ünïcode ✓", "<b>&\"'", "0", "-1", "null", "a/b", "@mei look", "x" * 2000, "\x00", "2025.4.1")
NUMBERS = ("1", "0", "-1", "10", "007", "1.5", "", "abc", "99999999999999999999", "1748000000", "NaN")
SEARCHES = ("longevity", "(", '["a.*"]', '["("]', "name=value", "!a=b", "release:scylla-master", ".*", "[", "{}", "null")
JSONS: tuple[Any, ...] = (None, True, 0, -1, 1.5, 10**20, "", "text", [], [None], {}, {"a": 1})
BROKEN = (b"", b"{", b"[1, 2", b'{"a": 1}}', b"\xff\xfe", b"null", b'"text"', b"NaN", b'{"a": 1, "a": 2}', b"[" * 2000)
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
OTHER_TYPES = ("text/plain", FORM, "application/json; charset=utf-8", "application/problem+json", None)
HEADERS: list[dict[str, str]] = [
    *[{}] * 12,
    {"Accept": "application/json"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example"},
]
EXTRA_QUERY: tuple[list[tuple[str, str]], ...] = (
    [],
    [],
    [],
    [],
    [],
    [("unasked", "1")],
    [("limit", "5"), ("limit", "abc")],
    [("a[]", "1"), ("a[]", "2")],
)

_absent = object()
Body = tuple[str | None, Any]


@dataclass(frozen=True)
class Drawn:
    """One request, before its `Known` are looked up. `body` is bytes, or a value to be sent as its content type says."""

    blueprint: str
    rule: str
    method: str
    caller: str
    path: dict[str, Any]
    query: list[tuple[str, Any]] = field(default_factory=list)
    content: Body = (None, None)
    headers: dict[str, str] = field(default_factory=dict)


class Operation(NamedTuple):
    """A route, with what the OpenAPI document says of it."""

    blueprint: str
    rule: str
    method: str
    described: dict[str, Any]


def operations(registry: Registry, document: dict[str, Any]) -> Iterator[Operation]:
    """Every route of the registry by method that both lanes have. The deduper's are held alike by a matrix of their own (tests/deduper)."""
    described = {_skeleton(path): methods for path, methods in document["paths"].items()}
    for blueprint, _, route, _ in registry.each_route():
        if blueprint == "deduper" or (route.owner == "fastapi" and route.endpoint is None):
            continue
        for method in route.methods:
            methods = described.get(_skeleton(route.path), {})
            yield Operation(blueprint, route.path, method, methods.get(method.lower(), {}))


def _skeleton(path: str) -> str:
    return "/".join("{}" if part[:1] in ("<", "{") else part for part in path.split("/"))


def draw(operation: Operation, schemas: dict[str, Any], amount: int, number: int = 0) -> list[Drawn]:
    """`amount` requests of a route; the same number gives the same requests."""
    found: list[Drawn] = []

    @seed(number)
    @settings(max_examples=amount, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(_request(operation, schemas))
    def collect(request: Drawn) -> None:
        found.append(request)

    collect()
    return found[:amount]


def _request(operation: Operation, schemas: dict[str, Any]) -> st.SearchStrategy[Drawn]:
    parameters = [each for each in operation.described.get("parameters", []) if each["in"] == "query"]
    return st.builds(
        Drawn,
        blueprint=st.just(operation.blueprint),
        rule=st.just(operation.rule),
        method=st.sampled_from([operation.method] * 36 + ["HEAD", "OPTIONS", "POST" if operation.method == "GET" else "GET", "PATCH"]),
        caller=st.sampled_from(["admin"] * 21 + [*CALLERS[1:]]),
        path=_path(operation.rule),
        query=_query(parameters),
        content=_body(operation, schemas),
        headers=st.sampled_from(HEADERS),
    )


def _known(kind: str) -> st.SearchStrategy[Any]:
    return st.integers(0, 39).map(lambda index: Known(kind, index))


def _mostly(valid: st.SearchStrategy[Any], *others: st.SearchStrategy[Any], times: int = 5) -> st.SearchStrategy[Any]:
    return st.sampled_from([*[valid] * times, *others]).flatmap(lambda chosen: chosen)  # `one_of` forgets repetitions


def _path(rule: str) -> st.SearchStrategy[dict[str, Any]]:
    """Path variables: mostly values that belong to each other, else one of them is unknown or odd."""
    kinds = {name: (kind_in(rule, name), converter) for name, converter in converters_of_rule(rule).items()}
    if not kinds:
        return st.just({})
    fitting = st.integers(0, 39).map(lambda index: {name: Known(kind, index) for name, (kind, _) in kinds.items()})

    def spoilt(values: dict[str, Any], name: str, odd: int) -> dict[str, Any]:
        return {**values, name: _odd(kinds[name][1], odd)}

    return _mostly(fitting, st.builds(spoilt, fitting, st.sampled_from(sorted(kinds)), st.integers(0, 200)))


def _odd(converter: str, index: int) -> Any:
    odd = NUMBERS if converter == "int" else (UNKNOWN, *TEXTS, *MALFORMED)
    fitting = [text for text in odd if text and (converter == "path" or "/" not in text)]
    return fitting[index % len(fitting)]


def _query(parameters: list[dict[str, Any]]) -> st.SearchStrategy[list[tuple[str, Any]]]:
    names = [each["name"] for each in parameters]
    values = st.tuples(*(_mostly(_query_value(each), st.just(_absent)) for each in parameters))
    asked = values.map(lambda found: [(name, value) for name, value in zip(names, found, strict=True) if value is not _absent])
    return st.builds(lambda values, more: values + more, asked, st.sampled_from(EXTRA_QUERY))


def _query_value(parameter: dict[str, Any]) -> st.SearchStrategy[Any]:
    name, schema = parameter["name"], parameter["schema"]
    kind = kind_of(name.removesuffix("[]"))
    examples: list[Any] = [*schema.get("examples", ()), *schema.get("enum", ())]
    fit = [st.sampled_from(examples)] if examples else []
    if schema.get("format") == "uuid" or kind in KINDS:
        fit.append(_known(kind))
    if "pattern" in schema or name in ("before", "after", "since", "limit", "startDate", "endDate"):
        fit.append(st.sampled_from(["1", "10", "1748000000", "0"]))
    if name in ("query", "filters", "filters[]"):
        fit.append(st.sampled_from(SEARCHES))
    return _mostly(st.one_of(fit) if fit else st.sampled_from(TEXTS), st.sampled_from((*TEXTS, *MALFORMED, *NUMBERS)), times=9)


def _body(operation: Operation, schemas: dict[str, Any]) -> st.SearchStrategy[Body]:
    """Content type and body: of the model, with a key missing or wrong, no JSON at all, of another type."""
    if operation.method == "GET":
        return st.sampled_from([(None, None)] * 12 + [(JSON, b'{"a": 1}')])
    content = operation.described.get("requestBody", {}).get("content", {})
    asked: st.SearchStrategy[Body]
    if JSON not in content and operation.rule in FORMS:
        asked = st.fixed_dictionaries({}, optional=FORMS[operation.rule]).map(lambda fields: (FORM, fields))
    else:
        whole = _value("", content.get(JSON, {}).get("schema", {"type": "object"}), schemas, 0).map(lambda value: (JSON, value))
        asked = _mostly(
            whole, st.builds(_without, whole, st.integers(0, 30)), st.builds(_with, whole, st.integers(0, 30), _any_json), times=6
        )
    retyped = st.builds(lambda body, kind: (kind, body[1]), asked, st.sampled_from(OTHER_TYPES))
    return _mostly(
        asked, st.sampled_from(BROKEN).map(lambda raw: (JSON, raw)), _any_json.map(lambda value: (JSON, value)), retyped, times=15
    )


_any_json = st.sampled_from(JSONS)


def _without(body: Body, index: int) -> Body:
    kind, value = body
    if not isinstance(value, dict) or not value:
        return body
    gone = sorted(value)[index % len(value)]
    return kind, {key: each for key, each in value.items() if key != gone}


def _with(body: Body, index: int, other: Any) -> Body:
    kind, value = body
    return (kind, {**value, sorted(value)[index % len(value)]: other}) if isinstance(value, dict) and value else (kind, other)


def _value(name: str, schema: dict[str, Any], schemas: dict[str, Any], depth: int) -> st.SearchStrategy[Any]:
    """Values of a schema: existing ids by their names, else of the documented type."""
    if "$ref" in schema:
        return _value(name, schemas[schema["$ref"].rsplit("/", 1)[-1]], schemas, depth)
    if "enum" in schema or "const" in schema:
        return st.sampled_from(schema.get("enum") or [schema["const"]])
    for union in ("anyOf", "oneOf", "allOf"):
        if union in schema:
            return st.one_of([_value(name, each, schemas, depth) for each in schema[union]])
    if schema.get("type") == "object" or "properties" in schema:
        return _object(schema, schemas, depth)
    if schema.get("type") == "array":
        item = _value(name, schema.get("items", {}), schemas, depth + 1)
        return st.lists(item, max_size=3 if depth < 4 else 0)
    return _scalar(name, schema)


def _scalar(name: str, schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    kind = kind_of(name)
    match schema.get("type"):
        case "boolean":
            return st.booleans()
        case "integer" | "number" if kind in KINDS:
            return _mostly(_known(kind), st.sampled_from([0, -1, 1748000000.5]))
        case "integer":
            return st.sampled_from([1, 0, 5, 1748000000, -1, 2**31, 2**63])
        case "number":
            return st.sampled_from([1.5, 0, -1, 1748000000.5, 1e30])
        case "null":
            return st.none()
        case None:
            return _any_json
    if schema.get("format") == "date-time":
        return st.sampled_from(["2025-05-20T10:00:00", "2025-05-20T10:00:00.123Z", "2025-13-01", "1748000000"])
    if schema.get("format") == "uuid" or kind in KINDS:
        return _mostly(_known(kind), st.just(UNKNOWN), st.sampled_from(MALFORMED), times=16)
    return _mostly(st.sampled_from([*schema.get("examples", ()), "text"]), st.sampled_from(TEXTS), times=9)


def _object(schema: dict[str, Any], schemas: dict[str, Any], depth: int) -> st.SearchStrategy[Any]:
    """Objects by their fields, and the documentation's examples with ids that exist in place of theirs."""
    required = set(schema.get("required", ()))
    fields = {key: _value(key, each, schemas, depth + 1) for key, each in schema.get("properties", {}).items()} if depth < 5 else {}
    optional = {key: each for key, each in fields.items() if key not in required}
    built = st.fixed_dictionaries({key: each for key, each in fields.items() if key in required}, optional=optional)
    examples = schema.get("examples") or ([schema["example"]] if "example" in schema else [])
    return st.one_of(st.builds(_with_known, st.sampled_from(examples), st.integers(0, 39)), built) if examples else built


def _with_known(value: Any, index: int, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _with_known(each, index, key) for key, each in value.items()}
    if isinstance(value, list):
        return [_with_known(each, index, name) for each in value]
    return Known(kind_of(name), index) if kind_of(name) in KINDS and isinstance(value, str | float) else value
