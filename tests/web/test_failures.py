"""Which envelopes of 200 are failures of ours: they are counted, logged with their traceback, and make the guard act."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
import yaml

from strangler.observation import OBSERVED
from strangler.registry import LANES, Lane
from strangler.traffic import merged
from tests.serving import ROOT, serving

pytestmark = pytest.mark.anyio

ROUTE = "/api/v1/release/{}/versions"


async def _broken(*_: Any, **__: Any) -> None:
    raise KeyError("a bug of ours")


@pytest.mark.parametrize("lane", LANES)
async def test_a_bug_behind_an_envelope_of_200_is_a_failure_with_its_traceback(
    lane: Lane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("argus.features.tracker.catalogue.service.version", _broken)
    caplog.set_level(logging.INFO, "argus.failure")
    async with serving(tmp_path, lane) as server, server.client() as client:
        answer = await client.get("/api/v1/version")
        assert (answer.status_code, answer.json()["response"]["exception"]) == (200, "KeyError")
        assert merged([server.app.traffic.report()], server.app.traffic.report()["at"]).total(lane).errors == 1
    (told,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert told.exc_info is not None


@pytest.mark.parametrize("lane", LANES)
async def test_a_mistake_of_the_caller_is_none(lane: Lane, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "argus.failure")
    async with serving(tmp_path, lane) as server, server.client() as client:
        answer = await client.get(ROUTE.format("no-uuid"))
        assert answer.json()["response"]["exception"] == "ValueError"
        bodies: list[Any] = [{}, [], {"releaseId": None}]
        for wrong in bodies:
            await client.post("/admin/api/v1/group/create", json=wrong)
        assert merged([server.app.traffic.report()], server.app.traffic.report()["at"]).total(lane).errors == 0
    assert [each for each in caplog.records if each.levelno >= logging.WARNING and each.name != "argus.connections"] == []


async def test_the_guard_ends_a_canary_whose_lane_fails_in_envelopes_of_200(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The route is Flask's, half of the callers try FastAPI, and FastAPI's endpoint raises."""
    tree = yaml.safe_load((ROOT / "migration_status.yaml").read_text())
    name, group = next(
        (name, each) for name, each in tree["blueprints"].items() if any(r["path"] == "/api/v1/version" for r in each["routes"])
    )
    group.update(owner="flask", canary={"percent": 50}, guard={"max_error_rate": 0.02, "min_requests": 20})
    for route in group["routes"]:
        route.pop("owner", None)
    registry = tmp_path / "registry.yaml"
    registry.write_text(yaml.safe_dump({**tree, "unlisted": tree.pop("unlisted")}, sort_keys=False))
    monkeypatch.setattr("argus.features.tracker.catalogue.router.service.version", _broken)
    async with serving(tmp_path, REGISTRY=registry) as server, server.client() as client:
        monkeypatch.setattr("argus.features.tracker.catalogue.blueprint.call", lambda *_, **__: {"commit_id": "x"})
        control = server.app.control
        control.start()
        lanes = [(await client.get("/api/v1/version")).headers["x-argus-lane"] for _ in range(100)]
        assert set(lanes) == {"flask", "fastapi"}
        await control.turn()
        assert control.overrides.standing[name].who == "guard"
        assert {(await client.get("/api/v1/version")).headers["x-argus-lane"] for _ in range(30)} == {"flask"}
        await control.stop()


async def test_a_cut_upload_is_neither_an_error_nor_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with serving(tmp_path, "fastapi") as server:
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "path": "/auth/login",
            "raw_path": b"/auth/login",
            "root_path": "",
            "query_string": b"",
            "headers": [(b"host", b"x"), (b"content-length", b"1000"), (b"content-type", b"application/x-www-form-urlencoded")],
            "scheme": "http",
            "client": ("192.0.2.1", 5),
            "server": ("x", 80),
        }
        said = [{"type": "http.disconnect"}, {"type": "http.request", "body": b"user", "more_body": True}]
        sent: list[Any] = []

        async def receive() -> Any:
            return said.pop()

        async def send(message: Any) -> None:
            sent.append(message)

        await server.app(scope, receive, send)
    assert (sent, scope[OBSERVED].failed) == ([], False)
    assert [each for each in caplog.records if each.levelno >= logging.WARNING and each.name != "argus.connections"] == []
