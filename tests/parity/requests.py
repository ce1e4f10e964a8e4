"""What is asked: requests drawn by hypothesis from the OpenAPI document, and from the route table where it says nothing.

A drawn request is symbolic: `Known("run_id", 3)` stands for the fourth run that is known when the request is sent, so that ids which
answers made can be asked for later. Of every route the first request is the plainest: an administrator with valid values.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from argus.gateway.registry import Registry
from argus.gateway.rules import converters_of_rule

CALLERS = ("admin", "user", "manager", "tunnel", "cookie", "anonymous", "unknown token", "odd header")
UNKNOWN = "0b5f7f9e-4d4c-4c2a-9d2a-5a3c1f0e7d11"
MALFORMED = (
    "not-a-uuid",
    "c396f918590b4c878f73cf64067b4d0a",
    "{c396f918-590b-4c87-8f73-cf64067b4d0a}",
    "0",
    "ä ö",
    "a%b",
    "None",
    "x" * 300,
)
TEXTS = ("text", "", " ", "two words", "ünïcode ✓", "<b>&\"'", "0", "-1", "null", "a/b", "@mei look", "x" * 2000, "\x00", "2025.4.1")
NUMBERS = ("1", "0", "-1", "10", "007", "1.5", "", "abc", "99999999999999999999", "1748000000", "NaN")
JSONS = (None, True, 0, -1, 1.5, 10**20, "", "text", [], [None], {}, {"a": 1})


class Known(NamedTuple):
    """The n-th known value of a kind, counted around."""

    kind: str
    index: int


@dataclass(frozen=True)
class Drawn:
    """One request, before its `Known` are looked up. `body` is bytes, or a value to be sent as JSON."""

    blueprint: str
    rule: str
    method: str
    caller: str
    path: dict[str, Any]
    query: list[tuple[str, Any]] = field(default_factory=list)
    body: Any = None
    content_type: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


class Operation(NamedTuple):
    """A route, with what the OpenAPI document says of it."""

    blueprint: str
    rule: str
    method: str
    described: dict[str, Any]


def operations(registry: Registry, document: dict[str, Any]) -> Iterator[Operation]:
    """Every route of the registry by method."""
    described = {_skeleton(path): methods for path, methods in document["paths"].items()}
    for blueprint, _, route, _ in registry.each_route():
        for method in route.methods:
            methods = described.get(_skeleton(route.path), {})
            yield Operation(blueprint, route.path, method, methods.get(method.lower(), {}))


def _skeleton(path: str) -> str:
    return "/".join("{}" if part[:1] in "<{" and part else part for part in path.split("/"))


def draw(operation: Operation, schemas: dict[str, Any], amount: int, number: int = 0) -> list[Drawn]:
    """`amount` requests of a route; the same number gives the same requests."""
    found: list[Drawn] = []

    @seed(number)
    @settings(
        max_examples=amount,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    @given(_request(operation, schemas))
    def collect(request: Drawn) -> None:
        found.append(request)

    collect()
    return found[:amount]


def _request(operation: Operation, schemas: dict[str, Any]) -> st.SearchStrategy[Drawn]:
    parameters = operation.described.get("parameters", [])
    queries = [(p["name"], p["schema"], p.get("examples") or p.get("example")) for p in parameters if p["in"] == "query"]
    path = st.fixed_dictionaries(
        {name: _path_value(name, kind, operation.rule) for name, kind in converters_of_rule(operation.rule).items()}
    )
    return st.builds(
        lambda method, caller, path, query, body, headers: Drawn(
            operation.blueprint, operation.rule, method, caller, path, query, body[1], body[0], headers
        ),
        st.sampled_from([operation.method] * 18 + ["HEAD", "OPTIONS", "POST" if operation.method == "GET" else "GET", "PATCH"]),
        st.sampled_from(["admin"] * 9 + [*CALLERS[1:]]),
        path,
        _query(queries),
        _body(operation, schemas),
        st.sampled_from(
            [{}] * 9 + [{"Accept": "application/json"}, {"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example"}]
        ),
    )


def _known(kind: str) -> st.SearchStrategy[Any]:
    return st.integers(0, 40).map(lambda index: Known(kind, index))


def _mostly(valid: st.SearchStrategy[Any], *others: st.SearchStrategy[Any], times: int = 5) -> st.SearchStrategy[Any]:
    return st.one_of(*[valid] * times, *others)


def _path_value(name: str, converter: str, rule: str) -> st.SearchStrategy[Any]:
    if converter == "int":
        return _mostly(_known(name), st.sampled_from(NUMBERS))
    odd = [text for text in (*TEXTS, *MALFORMED) if text and (converter == "path" or "/" not in text)]
    kind = "view_name" if rule.startswith("/view/") else "release_name" if rule.startswith("/release/<string:name>") else name
    kind = "release_id" if rule.startswith("/release/by-id") else kind
    return _mostly(_known(kind), st.just(UNKNOWN), st.sampled_from(odd))


def _query(parameters: list[tuple[str, Any, Any]]) -> st.SearchStrategy[list[tuple[str, Any]]]:
    def all_of(values: tuple[Any, ...]) -> list[tuple[str, Any]]:
        return [(name, value) for (name, _, _), value in zip(parameters, values, strict=True) if value is not _ABSENT]

    given_values = st.tuples(*(_mostly(_query_value(*each), st.just(_ABSENT), times=4) for each in parameters)).map(all_of)
    extra = st.sampled_from([[]] * 6 + [[("unasked", "1")], [("limit", "5"), ("limit", "abc")], [("a[]", "1"), ("a[]", "2")]])
    return st.builds(lambda values, more: values + more, given_values, extra)


_ABSENT = object()


def _query_value(name: str, schema: dict[str, Any], examples: Any) -> st.SearchStrategy[Any]:
    values: list[Any] = [*(examples or ()), *schema.get("examples", ()), *schema.get("enum", ())]
    fit = [st.sampled_from(values)] if values else []
    if schema.get("format") == "uuid" or name.removesuffix("[]") in KINDS or name.lower().endswith("id"):
        fit.append(_known(name.removesuffix("[]")))
    if "pattern" in schema or name in ("before", "after", "since", "limit", "startDate", "endDate", "created_at"):
        fit.append(st.sampled_from(NUMBERS))
    if name in ("query", "filters", "filters[]"):
        fit.append(
            st.sampled_from(["longevity", "(", '["a.*"]', '["("]', "name=value", "!a=b", "release:scylla-master", ".*", "[", "{}", "null"])
        )
    return _mostly(st.one_of(fit) if fit else st.sampled_from(TEXTS), st.sampled_from((*TEXTS[:12], *MALFORMED, *NUMBERS)), times=4)


def _body(operation: Operation, schemas: dict[str, Any]) -> st.SearchStrategy[tuple[str | None, Any]]:
    """Content type and body: of the model, with a key missing, of the wrong shape, no JSON at all, of another type."""
    if operation.method == "GET":
        return st.sampled_from([(None, None)] * 9 + [("application/json", b'{"a": 1}')])
    content = operation.described.get("requestBody", {}).get("content", {})
    form = {**FORMS.get(operation.rule, {}), "csrf_token": st.sampled_from(TEXTS)}
    if "application/json" not in content and operation.rule in FORMS:
        asked: st.SearchStrategy[Any] = st.fixed_dictionaries({}, optional=form).map(
            lambda fields: ("application/x-www-form-urlencoded", fields)
        )
    else:
        model = content.get("application/json", {}).get("schema", {"type": "object"})
        asked = _value("", model, schemas, 0).map(lambda value: ("application/json", value))
        if content.get("application/json", {}).get("schema", {}).get("$ref") or "properties" in model:
            missing = st.builds(_without, asked, st.integers(0, 30))
            wrong = st.builds(_with, asked, st.integers(0, 30), st.sampled_from(JSONS))
            asked = st.one_of(asked, asked, asked, asked, missing, missing, wrong, wrong)
    broken = st.sampled_from([b"", b"{", b"[1, 2", b'{"a": 1}}', b"\xff\xfe", b"null", b'"text"', b"NaN", b'{"a": 1, "a": 2}', b"[" * 2000])
    types = st.sampled_from(
        ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-8", "application/problem+json", None]
    )
    bare = st.sampled_from(JSONS).map(lambda value: ("application/json", value))
    return st.one_of(
        *[asked] * 9,
        broken.map(lambda raw: ("application/json", raw)),
        st.builds(lambda body, kind: (kind, body[1]), asked, types),
        bare,
    )


def _without(body: tuple[str, Any], index: int) -> tuple[str, Any]:
    kind, value = body
    if not isinstance(value, dict) or not value:
        return body
    gone = sorted(value)[index % len(value)]
    return kind, {key: each for key, each in value.items() if key != gone}


def _with(body: tuple[str, Any], index: int, other: Any) -> tuple[str, Any]:
    kind, value = body
    if not isinstance(value, dict) or not value:
        return body
    return kind, {**value, sorted(value)[index % len(value)]: other}


KINDS = frozenset(
    [
        "release",
        "releaseName",
        "release_name",
        "groupId",
        "testId",
        "buildId",
        "build_id",
        "planId",
        "viewId",
        "userId",
        "run_id",
        "test_id",
        "group_id",
        "release_id",
        "user_id",
        "view_id",
        "plan_id",
        "team_id",
        "comment_id",
        "tunnel_id",
        "key_id",
        "event_id",
        "severity",
        "plugin_name",
        "run_type",
        "productVersion",
        "version",
        "status",
        "name",
    ]
)
SAME = {  # names of fields and parameters whose values are of another name's kind
    "release": "release_name",
    "releaseName": "release_name",
    "targetReleaseName": "release_name",
    "name": "resource_name",
    "owner": "user_id",
    "newOwner": "user_id",
    "assignee": "user_id",
    "leader": "user_id",
    "members": "user_id",
    "participants": "user_id",
    "participants_add": "user_id",
    "participants_remove": "user_id",
    "mentions": "user_id",
    "assignee_mapping_remove": "user_id",
    "group": "group_id",
    "groups": "group_id",
    "groups_add": "group_id",
    "groups_remove": "group_id",
    "tests": "test_id",
    "tests_add": "test_id",
    "tests_remove": "test_id",
    "currentTestId": "test_id",
    "entityId": "test_id",
    "run_ids": "run_id",
    "additionalRuns": "run_id",
    "target": "release_id",
    "created_from": "plan_id",
    "productVersion": "version",
    "product_version": "version",
    "scylla_version": "version",
    "items": "item",
    "id": "any_id",
    "afterId": "notification_id",
    "targetId": "release_id",
    "targetReleaseId": "release_id",
    "new_group_id": "group_id",
    "node_name": "resource_name",
}


def kind_of(name: str) -> str:
    """The kind of value that a name stands for: `releaseId` and `release_id` are one."""
    if name in SAME:
        return SAME[name]
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
    return SAME.get(snake, snake)


FORMS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    rule: {name: st.sampled_from(values) for name, values in fields.items()}
    for rule, fields in {
        "/auth/login": {"username": ["bob", "nobody", ""], "password": ["pw-bob", "wrong", ""]},
        "/auth/register": {
            "username": ["new"],
            "email": ["n@example.com", "bad"],
            "password": ["pw"],
            "full_name": ["N"],
            "confirm_pw": ["pw", "x"],
        },
        "/auth/logout": {},
        "/auth/login/cf": {},
        "/auth/profile/api/token/generate": {},
        "/auth/admin/impersonate": {"user_id": ["0", UNKNOWN, ""]},
        "/auth/admin/impersonate/stop": {},
        "/profile/create": {"username": ["new"]},
        "/profile/update/name": {"new_name": ["New Name", ""]},
        "/profile/update/username": {"new_username": ["renamed", "", "bob"]},
        "/profile/update/email": {"new_email": ["a@example.com", "bad", ""]},
        "/profile/update/password": {
            "old_password": ["pw-bob", ""],
            "new_password": ["long-enough", ""],
            "new_password_confirm": ["long-enough", "x"],
        },
        "/profile/update/picture": {"filename": ["x"]},
    }.items()
}


def _value(name: str, schema: dict[str, Any], schemas: dict[str, Any], depth: int) -> st.SearchStrategy[Any]:
    """Values of a schema: existing ids by their names, else of the documented type."""
    if "$ref" in schema:
        return _value(name, schemas.get(schema["$ref"].rsplit("/", 1)[-1], {}), schemas, depth)
    if "enum" in schema or "const" in schema:
        return st.sampled_from(schema.get("enum") or [schema["const"]])
    for union in ("anyOf", "oneOf", "allOf"):
        if union in schema:
            return st.one_of([_value(name, each, schemas, depth) for each in schema[union]])
    of_type = schema.get("type")
    if of_type == "object" or "properties" in schema:
        return _object(name, schema, schemas, depth)
    if of_type == "array":
        item = _value(name, schema.get("items", {}), schemas, depth + 1)
        return st.lists(item, max_size=3 if depth < 3 else 0, min_size=1 if depth == 0 else 0)
    if of_type == "boolean":
        return st.booleans()
    if of_type == "integer":
        return st.sampled_from([1, 0, 5, -1, 1748000000, 2**31, 2**63])
    if of_type == "number":
        return st.sampled_from([1.5, 0, -1, 1748000000.5, 1e30])
    if of_type == "null":
        return st.none()
    if of_type is None:
        return st.sampled_from(JSONS)
    kind = kind_of(name)
    if schema.get("format") == "date-time":
        return st.sampled_from(["2025-05-20T10:00:00", "2025-05-20T10:00:00.123Z", "2025-13-01", "1748000000"])
    if schema.get("format") == "uuid" or kind in KINDS or name in SAME:
        return _mostly(_known(kind), st.just(UNKNOWN), st.sampled_from(MALFORMED), times=12)
    return _mostly(st.sampled_from([*schema.get("examples", ()), "text"]), st.sampled_from(TEXTS))


def _object(name: str, schema: dict[str, Any], schemas: dict[str, Any], depth: int) -> st.SearchStrategy[Any]:
    required = set(schema.get("required", ()))
    fields = {key: _value(key, each, schemas, depth + 1) for key, each in schema.get("properties", {}).items()} if depth < 5 else {}
    fixed = {key: each for key, each in fields.items() if key in required}
    optional = {key: each for key, each in fields.items() if key not in required}
    built: st.SearchStrategy[Any] = st.fixed_dictionaries(fixed, optional=optional)
    examples = schema.get("examples") or ([schema["example"]] if "example" in schema else [])
    return st.one_of(built, st.sampled_from(examples).map(lambda value: json.loads(json.dumps(value)))) if examples else built
