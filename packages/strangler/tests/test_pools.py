"""A blueprint with threads of its own neither starves the others nor is starved by them."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from flask import Blueprint, Flask

from strangler.gateway import Gateway
from strangler.registry import RegistryError, parse
from strangler.remote import Remote
from strangler.threads import Pools, ThreadPool

pytestmark = pytest.mark.anyio

REGISTRY = """\
version: 1
blueprints:
  slow:
    owner: flask
    threads: 2
    routes:
      - {path: /slow, methods: [GET]}
  quick:
    owner: flask
    routes:
      - {path: /quick, methods: [GET]}
unlisted: flask
"""


class _Applications:
    def __init__(self) -> None:
        self.release = threading.Event()
        self.names: set[str] = set()
        self.flask = Flask("two")
        blueprint = Blueprint("slow", __name__)
        blueprint.add_url_rule("/slow", "slow", self._slow)
        self.flask.register_blueprint(blueprint)
        self.flask.add_url_rule("/quick", "quick", self._quick)

    def _slow(self) -> str:
        self.names.add(threading.current_thread().name)
        self.release.wait(20)
        return "at last"

    def _quick(self) -> str:
        self.names.add(threading.current_thread().name)
        return "quick"


async def test_views_that_hang_keep_the_threads_of_their_blueprint_only() -> None:
    apps = _Applications()
    gateway = Gateway(FastAPI(), apps.flask, parse(REGISTRY), threads=2, queue=1)
    gateway.portal.attach(asyncio.get_running_loop())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=gateway), base_url="http://pair.test", timeout=20) as client:
        hanging = [asyncio.create_task(client.get("/slow")) for _ in range(6)]
        done, _ = await asyncio.wait(hanging, timeout=20, return_when=asyncio.FIRST_COMPLETED)
        assert (await client.get("/quick")).text == "quick"
        assert {task.result().status_code for task in done} == {503}
        assert gateway.state()["flask_threads"]["own"]["slow"] == {"size": 2, "busy": 2, "queued": 1, "stuck": 0}
        apps.release.set()
        answers = [answer.status_code for answer in await asyncio.gather(*hanging)]
    assert sorted(answers) == [200, 200, 200, 503, 503, 503]
    assert {name.rpartition("-")[0] for name in apps.names} == {"flask-lane-slow", "flask-lane"}
    assert gateway.bridge is not None
    assert await gateway.bridge.close(2) == 0


async def test_an_edit_changes_how_many_there_are_while_what_runs_goes_on(tmp_path: Path) -> None:
    apps = _Applications()
    file = tmp_path / "registry.yaml"
    file.write_text(REGISTRY)
    gateway = Gateway(FastAPI(), apps.flask, file, threads=2, queue=1)
    gateway.portal.attach(asyncio.get_running_loop())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=gateway), base_url="http://pair.test", timeout=20) as client:
        first = asyncio.create_task(client.get("/slow"))
        while not apps.names:
            await asyncio.sleep(0.01)
        file.write_text(REGISTRY.replace("threads: 2", "threads: 1"))
        assert gateway.live.load()
        second = asyncio.create_task(client.get("/slow"))
        while gateway.state()["flask_threads"]["own"]["slow"]["size"] != 1:
            await asyncio.sleep(0.01)
        apps.release.set()
        assert [answer.status_code for answer in await asyncio.gather(first, second)] == [200, 200]
        file.write_text(REGISTRY.replace("    threads: 2\n", ""))
        assert gateway.live.load()
        assert (await client.get("/slow")).status_code == 200
    assert gateway.state()["flask_threads"]["own"] == {}
    assert gateway.bridge is not None
    await gateway.bridge.close(2)


def test_threads_that_nobody_has_any_more_end() -> None:
    pools = Pools(ThreadPool(1, 1))
    pools.follow({"a": 1})
    done = threading.Event()
    pools.of("a").submit(done.set)
    assert done.wait(20)
    (thread,) = [each for each in threading.enumerate() if each.name == "flask-lane-a-0"]
    pools.follow({})
    assert pools.of("a") is pools.shared
    thread.join(20)
    assert not thread.is_alive()


@pytest.mark.parametrize("number", ["0", "257", "many", "1.5"])
def test_a_number_of_threads_that_is_none(number: str) -> None:
    with pytest.raises(RegistryError, match=r"line 5: blueprints\.slow\.threads"):
        parse(REGISTRY.replace("threads: 2", f"threads: {number}"))


def test_a_flask_that_serves_elsewhere_has_no_threads_here() -> None:
    with pytest.raises(RegistryError, match="slow cannot have threads of its own"):
        Gateway(FastAPI(), Remote("http://127.0.0.1:1"), parse(REGISTRY))
