"""What an application says of its answer: stripped, or refused by a 500 that names it, whatever server stands in front."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from flask import Flask, request
from starlette.applications import Starlette
from starlette.routing import Mount

from strangler import wire
from strangler.gateway import Gateway
from strangler.registry import RegistryError, parse
from support.server import exchange, get, serving, until

REGISTRY = """\
version: 1
blueprints:
  head:
    owner: flask
    routes:
      - {path: /head, methods: [GET, PROPFIND, FOO]}
unlisted: flask
"""


def _flask() -> Flask:
    app = Flask("old")
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def head() -> Any:
        name, value, status = (request.args.get(key, default) for key, default in (("n", "X-Policy"), ("v", "plain"), ("s", "200")))

        def answer(environ: dict[str, Any], start_response: Any) -> list[bytes]:
            start_response(f"{status} OK", [(name, value), ("Content-Type", "text/plain")])
            return [b"body"]

        return answer

    app.add_url_rule("/head", "head", head, methods=["GET", "PROPFIND", "FOO"])
    return app


@pytest.fixture(scope="module", params=["h11", "httptools"])
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    with serving(Gateway(FastAPI(), _flask(), parse(REGISTRY)), http=request.param) as found:
        yield found


def _status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def test_blanks_around_a_value_are_no_part_of_it(port: int) -> None:
    answer = exchange(port, get("/head?v=default-src%20%27self%27;%20%09"))
    assert _status(answer) == 200
    assert b"x-policy: default-src 'self';\r\n" in answer.lower()


@pytest.mark.parametrize("asked", ["n=X%20Policy", "n=X-P%C3%B6licy", "v=a%01b", "v=a%0D%0Ab", "v=%E2%82%AC", "s=799", "s=099", "s=abc"])
def test_what_a_server_would_refuse_is_a_500(port: int, asked: str) -> None:
    assert _status(exchange(port, get(f"/head?{asked}"))) == 500


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (lambda: wire.key_of("X Policy"), "'X Policy' is no name of a header"),
        (lambda: wire.value_of("X-Policy", "a\x01b"), "the header X-Policy holds a control character"),
        (lambda: wire.value_of("X-Policy", "€"), "the header X-Policy holds what Latin-1 does not have"),
        (lambda: wire.status_of("799 OK"), "'799 OK' is no status of an answer"),
    ],
)
def test_the_error_names_the_header(said: Callable[[], Any], told: str) -> None:
    with pytest.raises(wire.BadHead, match=told):
        said()


def test_latin_1_in_a_value_passes(port: int) -> None:
    assert b"x-policy: gr\xfc\xdfe" in exchange(port, get("/head?v=gr%C3%BC%C3%9Fe")).lower()


def test_methods_beyond_the_usual_ones_can_be_listed(port: int) -> None:
    assert b"x-lane-lane: flask" in exchange(port, get("/head", method="PROPFIND")).lower()


def test_a_method_of_ones_own_can_be_listed_and_moved() -> None:
    new = FastAPI()
    new.add_api_route("/head", lambda: "new", methods=["FOO"])
    for owner in ("flask", "fastapi"):
        gateway = Gateway(new, _flask(), parse(REGISTRY.replace("[GET, PROPFIND, FOO]", f"[FOO], owner: {owner}")))
        with serving(gateway, http="h11") as port:
            assert f"x-lane-lane: {owner}".encode() in exchange(port, get("/head", method="FOO")).lower()
    with pytest.raises(RegistryError, match="line 6: GETT /head is listed, but no application has it"):
        Gateway(new, _flask(), parse(REGISTRY.replace("PROPFIND", "GETT")))


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ("methods: [get]", "'get': methods are written in capitals"),
        ("methods: GET", "tuple"),
        ("onwer: flask, methods: [GET]", "onwer"),
    ],
)
def test_a_mistake_in_the_only_route_is_named_and_not_called_an_empty_list(wrong: str, reason: str) -> None:
    with pytest.raises(RegistryError, match=reason) as refused:
        parse(REGISTRY.replace("methods: [GET, PROPFIND, FOO]", wrong))
    assert "at least 1 item" not in str(refused.value)


def test_an_application_in_middleware_is_told_where_it_belongs() -> None:
    class Wrapped:
        def __call__(self, environ: Any, start_response: Any) -> Any: ...

    with pytest.raises(TypeError, match="wsgi_app="):
        Gateway(FastAPI(), Wrapped(), parse(REGISTRY))  # type: ignore[arg-type]


def test_websockets_of_flask_are_refused_with_a_word(caplog: pytest.LogCaptureFixture) -> None:
    app = _flask()
    app.add_url_rule("/socket", "socket", lambda: "", websocket=True)
    Gateway(FastAPI(), app, parse(REGISTRY))
    assert "Flask's WebSockets are refused, for WSGI has none: /socket" in caplog.text


def test_a_mounted_gateway_follows_its_registry(tmp_path: Any) -> None:
    file = tmp_path / "registry.yaml"
    file.write_text(REGISTRY)
    new = FastAPI()
    new.get("/head")(lambda: "fastapi")
    gateway = Gateway(new, _flask(), file)
    with serving(Starlette(routes=[Mount("/app", gateway)])) as port:
        assert b"x-lane-lane: flask" in exchange(port, get("/app/head")).lower()
        file.write_text(REGISTRY.replace("[GET, PROPFIND, FOO]}", "[GET], owner: fastapi}"))
        until(lambda: b"x-lane-lane: fastapi" in exchange(port, get("/app/head")).lower(), 5)
        gateway.live.stop()
