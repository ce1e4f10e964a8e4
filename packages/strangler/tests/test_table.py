"""A lookup finds what Flask finds."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from flask import Flask
from hypothesis import example, given, settings
from hypothesis import strategies as st
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter, PathConverter, ValidationError

from strangler import registry
from strangler.fastapi_lane import endpoints
from strangler.table import Table, compile_table
from support.pair import REGISTRY, make_fastapi, make_flask


class Even(BaseConverter):
    """A converter of the application, stricter than its regular expression."""

    regex = r"\d+"

    def to_python(self, value: str) -> int:
        if int(value) % 2:
            raise ValidationError
        return int(value)


def _flask() -> Flask:
    app = Flask("many", static_folder=None)
    app.url_map.converters["even"] = Even

    def view(**values: object) -> str:
        return ""

    rules: list[tuple[str, dict[str, Any]]] = [
        ("/", {}),
        ("/a", {}),
        ("/a/", {"methods": ["POST"]}),
        ("/b/", {}),
        ("/b/<x>", {}),
        ("/b/<int:x>", {}),
        ("/b/<even:x>/e", {}),
        ("/b/<float:x>", {"methods": ["GET", "POST"]}),
        ("/b/<path:x>", {"methods": ["PUT"]}),
        ("/b/<path:x>/a", {}),
        ("/c", {"strict_slashes": False}),
        ("/c/d/", {"strict_slashes": False}),
        ("/<any(a, b, 'c d'):x>/any", {}),
        ("/b/<string(length=2):x>/two", {}),
        ("/<x>-<y>", {}),
        ("/first", {"methods": ["HEAD"]}),
        ("/first", {}),
        ("/raw//slashes", {"merge_slashes": False}),
        ("/page", {"defaults": {"page": 1}, "endpoint": "page"}),
        ("/page/<int:page>", {"endpoint": "page"}),
        ("/old", {"redirect_to": "/a"}),
        ("/é/<x>", {}),
    ]
    for number, (rule, options) in enumerate(rules):
        app.add_url_rule(rule, view_func=view, **{"endpoint": f"v{number}", **options})
    return app


def _registry(owner: str, *paths: str) -> registry.Registry:
    routes = "".join(f'      - {{path: "{path}", methods: [GET]}}\n' for path in paths)
    return registry.parse(f"version: 1\nblueprints:\n  x:\n    owner: {owner}\n    routes:\n{routes}unlisted: flask\n")


def _whole() -> Table:
    return compile_table(_registry("flask", "/"), FLASK.url_map, [])


FLASK = _flask()
TABLE = _whole()


def _flask_finds(path: str, method: str) -> tuple[str, dict[str, object]] | None:
    adapter = FLASK.url_map.bind("x.test")
    try:
        rule, params = adapter.match(path, method, return_rule=True)
    except HTTPException:
        return None
    if method == "OPTIONS" and rule.provide_automatic_options:  # type: ignore[attr-defined]
        return None
    return str(rule.endpoint), dict(params)


def _table_finds(path: str, method: str) -> tuple[str, dict[str, object]] | None:
    match = TABLE.lookup(method, path)
    return match and (match.target.endpoint, match.params)


@settings(max_examples=600, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["a", "b", "c", "d", "e", "any", "two", "12", "13", "1.5", "page", "old", "first", "raw", "é", "", "a-b", "c d", "slashes"]
        ),
        max_size=5,
    ),
    st.sampled_from(["", "/"]),
    st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]),
)
@example(["raw", "", "slashes"], "", "GET")
@example(["page", "1"], "", "GET")
@example(["first"], "", "HEAD")
def test_lookup_equals_flask(parts: list[str], slash: str, method: str) -> None:
    path = f"/{'/'.join(parts)}{slash}"
    assert _table_finds(path, method) == _flask_finds(path, method)


def test_variables_are_converted() -> None:
    assert _table_finds("/b/12", "GET") == ("v5", {"x": 12})
    assert _table_finds("/b/1.5", "POST") == ("v7", {"x": 1.5})
    assert _table_finds("/b/12/e", "GET") == ("v6", {"x": 12})
    assert _table_finds("/b/13/e", "GET") is None


def test_the_hash_follows_every_change_that_matters() -> None:
    def hash_of(text: str) -> str:
        return compile_table(registry.parse(text), make_flask().url_map, endpoints(make_fastapi())).hash

    base = hash_of(REGISTRY)
    assert base == hash_of(REGISTRY)
    assert base == hash_of(REGISTRY.replace("# the runs", "# other words"))
    changes = [
        REGISTRY.replace("owner: fastapi", "owner: flask"),
        REGISTRY.replace("endpoint: api.runs.index", "endpoint: other"),
        REGISTRY.replace("  identity:\n    owner: flask", "  identity:\n    owner: flask\n    canary: {percent: 5}"),
        REGISTRY.replace("  identity:", "  persons:"),
    ]
    assert len({base, *map(hash_of, changes)}) == len(changes) + 1


def test_policies_are_stored_and_a_route_overrules_its_blueprint() -> None:
    text = REGISTRY.replace(
        '  identity:\n    owner: flask\n    routes:\n      - {path: "/whoami", methods: [GET]}',
        "  identity:\n    owner: flask\n    canary: {percent: 5, sticky: user}\n    shadow_safe: true\n    routes:\n"
        '      - {path: "/whoami", methods: [GET], canary: {percent: 50}, guard: {max_error_rate: 0.01}}',
    )
    table = compile_table(registry.parse(text), make_flask().url_map, endpoints(make_fastapi()))
    whoami, stream = table.lookup("GET", "/whoami"), table.lookup("GET", "/stream")
    assert whoami is not None
    assert stream is not None
    assert whoami.target.policy("canary").percent == 50
    assert whoami.target.policy("guard").max_error_rate == 0.01
    assert whoami.target.policy("shadow") is None
    assert stream.target.policy("canary") == registry.Canary(percent=5, sticky="user")
    assert stream.target.policy("shadow_safe") is True


def test_an_operation_is_paired_by_names_and_converters() -> None:
    app = FastAPI()

    async def endpoint() -> None: ...

    app.add_api_route("/x/{id}", endpoint, methods=["GET"])
    app.add_api_route("/x/{id:int}", endpoint, methods=["GET"])
    app.add_api_route("/y/{other}", endpoint, methods=["GET"])
    app.add_api_route("/z/{id:int}", endpoint, methods=["GET"])
    app.add_api_route("/w/{id:path}", endpoint, methods=["GET"])
    app.add_api_route("/v/{id:path}", endpoint, methods=["GET"])
    flask_app = Flask("x", static_folder=None)
    flask_app.url_map.converters["page"] = type("Page", (PathConverter,), {"regex": "[^/]+?(/[^/]+?)*"})
    for rule in ("/x/<id>", "/x/<int:id>", "/y/<id>", "/z/<id>", "/w/<page:id>", "/v/<id>"):
        flask_app.add_url_rule(rule, rule, lambda: "")
    table = compile_table(_registry("fastapi", "/x/<id>", "/x/<int:id>"), flask_app.url_map, endpoints(app))

    def path_for(path: str) -> str | None:
        match = table.lookup("GET", path)
        return match.target.api.path if match and match.target.api else None

    assert [path_for(path) for path in ("/x/a", "/x/1", "/y/a", "/z/1")] == ["/x/{id}", "/x/{id:int}", None, None]
    assert path_for("/w/a/b") == "/w/{id:path}", "a converter of the application's own may let slashes through"
    assert path_for("/v/a") is None
