"""The Flask application without the gateway is watched in the same way."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from prometheus_client import REGISTRY
from werkzeug.test import Client

from argus.auth.session import Session, SessionCodec
from argus.kit.logs import formatter
from argus.models.user import User
from argus.web.app import create_gateway
from argus.web.plain import plain
from argus.web.worker import Worker
from strangler import portal
from strangler.bridge import Bridge
from tests.serving import settings_for


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    own = portal.Portal()
    portal.choose(own)  # as uWSGI's process has one: its loop, and what was opened on it, end with the test
    yield Client(plain(create_gateway(settings_for(tmp_path))))
    own.close()
    portal.choose(None)  # type: ignore[arg-type]


def counted(endpoint: str, status: str) -> float:
    of = {"endpoint": endpoint, "method": "GET", "status": status}
    return REGISTRY.get_sample_value("http_request_by_endpoint_total", of) or 0.0


def test_an_answer_bears_an_id_and_is_counted(client: Client) -> None:
    before = counted("health.healthz", "200 OK")
    answer = client.get("/healthz", headers={"X-Request-Id": "proxy-1"})
    answer.close()
    assert (answer.status_code, answer.headers["X-Request-Id"]) == (200, "proxy-1")
    assert answer.headers["Server-Timing"].startswith("total;dur=")
    assert counted("health.healthz", "200 OK") == before + 1


def test_what_is_logged_meanwhile_says_for_whom(client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    lines: list[str] = []

    async def telling(runtime: object) -> None:
        record = logging.LogRecord("argus.test", logging.INFO, __file__, 1, "here", None, None)
        lines.append(formatter(terminal=False).format(record))
        raise RuntimeError("broken")

    monkeypatch.setattr("argus.features.tracker.health.service.alive", telling)
    answer = client.get("/healthz", headers={"X-Request-Id": "proxy-2"})
    answer.close()
    assert answer.status_code == 500
    assert '"request_id": "proxy-2"' in lines[0]
    assert '"endpoint": "health.healthz", "lane": "flask"' in lines[0]
    assert formatter(terminal=False).format(logging.LogRecord("a", 20, "", 1, "after", None, None)).find("proxy-2") == -1


def test_the_allowed_methods_stand_in_order(client: Client) -> None:
    answer = client.options("/api/v1/releases")
    answer.close()
    assert answer.status_code == 200
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"


def test_a_view_may_take_longer_than_its_calls(tmp_path: Path) -> None:
    gateway = create_gateway(settings_for(tmp_path, REQUEST_DEADLINE=3))
    assert isinstance(gateway.bridge, Bridge)
    assert gateway.bridge.deadline is not None
    assert gateway.bridge.deadline > 2 * (gateway.portal.deadline or 0)


@pytest.mark.parametrize(("fallbacks", "status"), [(["the-older-secret-key"], 200), ([], 403)])
def test_a_session_of_an_older_key_goes_on(tmp_path: Path, fallbacks: list[str], status: int) -> None:
    """After a change of the key, under plain WSGI as in the gateway."""
    own = portal.Portal()
    portal.choose(own)
    gateway = create_gateway(settings_for(tmp_path, SECRET_KEY_FALLBACKS=fallbacks))
    client = Client(plain(gateway))
    try:
        client.get("/readyz").close()  # opens the database
        user = User(username="somebody", roles=["ROLE_USER"])
        assert isinstance(gateway.flask_app, Flask)
        own.call(save, gateway.flask_app.extensions["argus"].worker, user)
        client.set_cookie("session", SessionCodec("the-older-secret-key").dump(Session({"user_id": str(user.id)})))
        answer = client.get("/api/v1/user/token")
        answer.close()
        assert answer.status_code == status
    finally:
        own.close()
        portal.choose(None)  # type: ignore[arg-type]


async def save(worker: Worker, user: User) -> None:
    await (await worker.store()).save(user)
