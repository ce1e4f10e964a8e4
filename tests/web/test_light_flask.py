"""What Flask does for each request is left out where this application needs none of it, and nowhere else."""

from __future__ import annotations

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
    return {name: value for name, value in vars(adapter).items() if name != "map"}


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
