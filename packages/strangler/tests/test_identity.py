"""Sixty-four callers at once, on both lanes: nobody is taken for somebody else."""

from __future__ import annotations

import asyncio
import threading

import httpx
import pytest

from support.gateways import make_gateway
from support.pair import make_flask
from support.server import serving


@pytest.mark.anyio
@pytest.mark.parametrize("bridge", ["own", "a2wsgi"])
async def test_identities_never_mix(bridge: str) -> None:
    with serving(make_gateway(threads=4, queue=1000, bridge=bridge)) as flask, serving(make_gateway(lane="fastapi")) as fastapi:
        async with httpx.AsyncClient(limits=httpx.Limits(max_connections=64), timeout=30) as client:

            async def ask(number: int) -> None:
                port = fastapi if number % 8 == 7 else flask
                answer = await client.get(f"http://127.0.0.1:{port}/whoami", headers={"x-user": f"user-{number}", "cookie": ""})
                assert answer.json() == {"identity": f"user-{number}", "session": f"user-{number}"}
                client.cookies.clear()

            for _ in range(3):
                await asyncio.gather(*(ask(number) for number in range(64)))


@pytest.mark.anyio
async def test_a_view_without_identity_does_not_see_the_last_ones() -> None:
    with serving(make_gateway(threads=1)) as port:
        async with httpx.AsyncClient() as client:
            first = await client.get(f"http://127.0.0.1:{port}/whoami", headers={"x-user": "ann"})
            assert first.json()["identity"] == "ann"
            client.cookies.clear()
            second = await client.get(f"http://127.0.0.1:{port}/whoami")
            assert second.json() == {"identity": "nobody", "session": "nobody"}


@pytest.mark.anyio
async def test_a_stuck_flask_lane_does_not_slow_the_fastapi_lane() -> None:
    release = threading.Event()
    app = make_flask()
    app.view_functions["stream"] = lambda: (release.wait(60), "ok")[1]
    with serving(make_gateway(flask_app=app, threads=2, queue=2)) as port:
        async with httpx.AsyncClient(timeout=20) as client:
            stuck = [asyncio.create_task(client.get(f"http://127.0.0.1:{port}/stream")) for _ in range(6)]
            while sum(each.done() for each in stuck) < 2:  # two run, two wait, two were refused: the lane is full
                await asyncio.sleep(0.01)
            for _ in range(20):
                answer = await client.get(f"http://127.0.0.1:{port}/files/a")
                assert answer.headers["x-lane-lane"] == "fastapi"
            assert sum(each.done() for each in stuck) == 2  # the others did not have to end first
            release.set()
            statuses = sorted([(await each).status_code for each in stuck])
            assert statuses == [200, 200, 200, 200, 503, 503]
