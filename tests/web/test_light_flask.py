"""What Flask does for each request is left out where this application needs none of it, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, Request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter
from werkzeug.test import EnvironBuilder

from argus.web.light_flask import LightFlask

HOSTS = ["argus.example.com", "ARGUS.example.com:8080", "localhost", "[::1]:80", "a..b", ".a", "ü.example.com", "x" * 64, f"{'y' * 63}.com"]
PATHS = ["/", "/a/b", "//a", "/a//b", "/ä", "/a%2Fb", ""]


def _bound(app: Flask, request: Request) -> dict[str, object] | str:
    try:
        adapter = app.create_url_adapter(request)
    except HTTPException as refused:
        return type(refused).__name__
    assert isinstance(adapter, MapAdapter)
    return {name: value for name, value in vars(adapter).items() if name not in ("map", "found")}


@pytest.mark.parametrize("host", HOSTS)
def test_a_request_is_bound_as_flask_binds_it(host: str) -> None:
    for path in PATHS:
        for root, query, scheme, headers in (
            ("", "", "http", []),
            ("/below", "a=1&b=%20", "https", []),
            ("/ö", "", "http", [("Connection", "upgrade"), ("Upgrade", "websocket")]),
        ):
            environ = EnvironBuilder(path, f"{scheme}://x{root}", query, headers=headers).get_environ()
            environ["HTTP_HOST"] = host.encode().decode("latin-1")
            light, usual = LightFlask("light"), Flask("usual")
            assert _bound(light, Request(environ.copy())) == _bound(usual, Request(environ.copy())), (path, root)


@pytest.mark.parametrize("said", [{"SERVER_NAME": "argus.example.com"}, {"TRUSTED_HOSTS": ["argus.example.com"]}])
@pytest.mark.parametrize("host", ["argus.example.com", "other.example.com"])
def test_what_was_configured_for_flask_holds(said: dict[str, object], host: str) -> None:
    environ = EnvironBuilder("/a", f"http://{host}").get_environ()
    light, usual = LightFlask("light"), Flask("usual")
    light.config.update(said)
    usual.config.update(said)
    assert _bound(light, Request(environ.copy())) == _bound(usual, Request(environ.copy()))


def _matched(app: Flask, method: str, path: str) -> object:
    adapter = app.create_url_adapter(Request(EnvironBuilder(path, "http://localhost", method=method).get_environ()))
    assert adapter is not None
    try:
        rule, values = adapter.match(return_rule=True)
    except HTTPException as answer:
        return type(answer).__name__, getattr(answer, "new_url", None), sorted(getattr(answer, "valid_methods", None) or ())
    return rule.endpoint, values


def _view(**values: object) -> str:
    return ""


def _routes(app: Flask) -> Flask:
    routes: list[tuple[str, dict[str, Any]]] = [
        ("/", {"endpoint": "root"}),
        ("/a", {"endpoint": "a"}),
        ("/a", {"methods": ["POST"], "endpoint": "a-post"}),
        ("/a/", {"endpoint": "a-below"}),
        ("/a/<name>", {"methods": ["GET", "PUT"], "endpoint": "a-named"}),
        ("/a/told", {"endpoint": "a-told"}),
        ("/twice", {"endpoint": "first"}),
        ("/twice", {"endpoint": "second"}),
        ("/elsewhere", {"redirect_to": "/a", "endpoint": "led"}),
        ("/<path:rest>", {"endpoint": "rest", "methods": ["DELETE"]}),
    ]
    for rule, options in routes:
        app.add_url_rule(rule, view_func=_view, **options)
    return app


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
@pytest.mark.parametrize("path", ["/", "/a", "/a/", "/a/told", "/a/x", "/a/told/", "//a", "/twice", "/elsewhere", "/no", ""])
def test_a_request_matches_what_flask_matches(method: str, path: str) -> None:
    light, usual = _routes(LightFlask("light")), _routes(Flask("usual"))
    assert _matched(light, method, path) == _matched(usual, method, path)


def test_where_a_rule_has_defaults_one_leads_to_another_as_in_flask() -> None:
    light, usual = LightFlask("light"), Flask("usual")
    for app in (light, usual):
        app.add_url_rule("/pages/", endpoint="pages", view_func=_view, defaults={"page": 1})
        app.add_url_rule("/pages/<int:page>", endpoint="pages", view_func=_view)
    assert _matched(light, "GET", "/pages/1") == _matched(usual, "GET", "/pages/1")
    assert _matched(light, "GET", "/pages/") == _matched(usual, "GET", "/pages/")
