"""The edge of extension routes: pages of other sites, unknown paths and methods, ids of requests, the line of each in the log."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.routing import iter_route_contexts
from sqlalchemy import select
from werkzeug.test import Client

from argus.db.opening import opened_database
from argus.kit.logs import formatter
from argus.kit.ulids import is_ulid
from argus.platform.route import ExtensionRoute
from argus.platform.tables import Event
from argus.web.app import create_gateway
from argus.web.extensions import is_extension
from argus.web.features import routers
from argus.web.plain import plain
from strangler import portal
from strangler.registry import read
from tests.serving import ROOT, Server, serving, settings_for

pytestmark = pytest.mark.anyio
LISTED, STRANGE = "http://localhost:5173", "https://elsewhere.example"
LINES = formatter(terminal=False)


@pytest.fixture(scope="module")
async def argus(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[Server]:
    async with serving(tmp_path_factory.mktemp("edge")) as running:
        yield running


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[list[dict[str, Any]]]:
    """The lines of extension requests, as they are written."""
    kept: list[dict[str, Any]] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            kept.append(json.loads(LINES.format(record)))

    handler = Keep()
    caplog.set_level(logging.INFO, "argus.request")
    logging.getLogger("argus.request").addHandler(handler)
    yield kept
    logging.getLogger("argus.request").removeHandler(handler)


def asked(origin: str) -> dict[str, str]:
    return {"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-api-key,content-type"}


def test_the_paths_of_extensions_are_told_from_all_others() -> None:
    routes = [each for router in routers() for each in iter_route_contexts(router.routes)]
    extensions = {str(each.path) for each in routes if isinstance(each.original_route, ExtensionRoute)}
    assert len(extensions) > 30
    assert {path for path in extensions if not is_extension(path)} == set()
    assert {str(each.path) for each in routes if is_extension(str(each.path))} == extensions
    assert not is_extension("/healthz")


async def test_pages_of_listed_origins_may_use_extension_routes_and_no_others(argus: Server) -> None:
    async with argus.client("alice") as alice:
        answer = await alice.get("/workspaces", headers={"Origin": LISTED})
        assert answer.headers["access-control-allow-origin"] == LISTED
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert "origin" in answer.headers["vary"].lower()
        may = await alice.options("/workspaces", headers=asked(LISTED))
        assert (may.status_code, may.headers["access-control-max-age"]) == (200, "600")
        assert "POST" in may.headers["access-control-allow-methods"].split(", ")
        assert "*" not in may.headers["access-control-allow-methods"] + may.headers["access-control-allow-headers"]
        assert "x-api-key" in may.headers["access-control-allow-headers"].lower()
        refused = await alice.get("/workspaces/none", headers={"Origin": LISTED})
        assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (404, LISTED), "an error can be read as well"
        for strange in (
            await alice.get("/workspaces", headers={"Origin": STRANGE}),
            await alice.options("/workspaces", headers=asked(STRANGE)),
            await alice.get("/api/v1/version", headers={"Origin": LISTED}),
            await alice.options("/api/v1/releases", headers=asked(LISTED)),
        ):
            assert [name for name in strange.headers if name.startswith("access-control-")] == []


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/documents/01JZ/none/at/all", 404, "not_found"),
        ("GET", "/auth/api-keys/01JZ/x", 404, "not_found"),
        ("PUT", "/workspaces", 405, "method_not_allowed"),
        ("DELETE", "/auth/token", 405, "method_not_allowed"),
    ],
)
async def test_what_is_not_there_is_refused_in_the_form_of_every_error(
    argus: Server, method: str, path: str, status: int, code: str
) -> None:
    async with argus.client("alice") as alice:
        answer = await alice.request(method, path)
        assert answer.status_code == status
        body = answer.json()
        assert set(body) == {"error", "code", "detail", "request_id", "errors"}
        assert (body["code"], body["error"], body["request_id"]) == (code, body["detail"], answer.headers["x-request-id"])
        assert ("allow" in answer.headers) == (status == 405)
        assert (await alice.get("/nothing/here")).headers["content-type"].startswith("text/html"), "elsewhere it stays a page"
        head = await alice.head("/documents/01JZ/none/at/all")
        assert (head.status_code, head.content) == (404, b"")


async def test_an_id_of_a_request_is_kept_goes_back_and_stands_in_events(argus: Server) -> None:
    async with argus.client("alice") as alice:
        for header in ("X-Request-ID", "X-Correlation-ID"):
            name = f"{header[2:5]}-1.a_b"
            made = await alice.post("/workspaces", json={"name": name}, headers={header: name})
            assert (made.status_code, made.headers["x-request-id"]) == (201, name)
            async with (await opened_database(argus.runtime)).reading() as session:
                entity = Event.entity_id == made.json()["workspace_id"]
                assert set(await session.scalars(select(Event.request_id).where(entity))) == {name}
        both = await alice.get("/workspaces", headers={"X-Request-ID": "first", "X-Correlation-ID": "second"})
        assert both.headers["x-request-id"] == "first"
        for bad in ("a/b", "x" * 65, "a b", ""):
            made = await alice.get("/workspaces", headers={"X-Correlation-ID": bad})
            assert is_ulid(made.headers["x-request-id"]), bad
        elsewhere = await alice.get("/api/v1/version", headers={"X-Correlation-ID": "other-1"})
        assert elsewhere.headers["x-request-id"] == "other-1"


async def test_a_request_is_a_line_of_the_log(argus: Server, lines: list[dict[str, Any]]) -> None:
    async with argus.client("bob", **{"X-Request-ID": "told-1"}) as bob:
        made = (await bob.post("/workspaces", json={"name": "told"})).json()["workspace_id"]
        await bob.get("/events", params={"workspace_id": made})
        await bob.get("/health/live")
        await bob.get("/api/v1/version")
    assert len(lines) == 2
    first, second = lines
    assert list(first)[:4] == ["ts", "level", "logger", "message"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", first["ts"])
    assert (first["level"], first["logger"], first["message"]) == ("info", "argus.request", "POST /workspaces 201")
    assert (first["request_id"], first["route"], first["status"]) == ("told-1", "/workspaces", 201)
    assert first["duration_ms"] > 0
    assert re.fullmatch(r"[0-9a-f-]{36}", first["user_id"])
    assert (second["route"], second["workspace_id"]) == ("/events", made)


async def test_readiness_ends_when_the_process_leaves_or_the_database_is_away(argus: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    async with argus.client(None) as nobody:
        assert (await nobody.get("/health/ready")).json() == {"status": "ok", "message": "ready"}
        assert (await nobody.head("/health/ready")).status_code == 200
        monkeypatch.setattr(argus.app.drain, "active", True)
        leaving = await nobody.get("/health/ready")
        assert (leaving.status_code, leaving.json()["code"], leaving.headers["retry-after"]) == (503, "draining", "5")
        assert (await nobody.get("/health/live")).status_code == 200
        monkeypatch.undo()

        async def away(runtime: object) -> None:
            raise ConnectionError

        monkeypatch.setattr("argus.features.artefacts.health.service._storage", away)
        assert (await nobody.get("/health/ready")).json()["code"] == "not_ready"


async def test_a_folder_that_is_switched_off_says_so_and_nothing_else_changes(tmp_path: Path) -> None:
    text = (ROOT / "migration_status.yaml").read_text()
    registry = tmp_path / "registry.yaml"
    registry.write_text(text.replace("  workspaces: # workspaces", "  workspaces:\n    enabled: false # workspaces"))
    async with serving(tmp_path, REGISTRY=registry) as argus, argus.client("alice") as alice:
        off = await alice.get("/workspaces")
        assert (off.status_code, off.json()["code"], off.headers["retry-after"]) == (503, "feature_disabled", "60")
        assert off.json()["request_id"] == off.headers["x-request-id"]
        assert (await alice.get("/auth/me")).status_code == 200


def test_where_flask_serves_alone_what_only_fastapi_has_is_away(tmp_path: Path) -> None:
    own = portal.Portal()
    portal.choose(own)
    try:
        client = Client(plain(create_gateway(settings_for(tmp_path))))
        for blueprint in ("documents", "extraction", "identity", "sign_on", "workspaces", "artefacts_health", "maintenance", "screens"):
            for route in read(ROOT / "migration_status.yaml").blueprints[blueprint].routes:
                if "WS" in route.methods:
                    continue
                path = re.sub(r"<[^>]+>", "01JZ3N9M0V6Q3W8K1T5B7C2D4E", route.path)
                answer = client.open(path, method=sorted(route.methods)[0], headers={"X-Correlation-ID": "c-1"})
                said: Any = answer.json
                assert (answer.status_code, said["code"], answer.headers["Retry-After"]) == (503, "lane_unavailable", "60"), path
                if is_extension(path):
                    assert said["request_id"] == answer.headers["X-Request-Id"] == "c-1"
        assert client.get("/healthz").status_code == 200
        assert client.get("/no/such/path").status_code == 404
    finally:
        own.close()
        portal.choose(None)  # type: ignore[arg-type]


async def test_any_origin_may_where_all_are_listed(tmp_path: Path) -> None:
    async with serving(tmp_path, CORS_ALLOWED_ORIGINS=["*"]) as argus, argus.client("alice") as alice:
        answer: httpx.Response = await alice.get("/workspaces", headers={"Origin": STRANGE})
        assert answer.headers["access-control-allow-origin"] in ("*", STRANGE)
