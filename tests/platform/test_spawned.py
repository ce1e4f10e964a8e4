"""Spawned processes: what they say, what bounds them, that they end."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from typing import Any

import pytest

from argus.platform.child import NICE
from argus.platform.spawned import spawned
from argus.platform.stops import ChildFailed, Permanent, WorkCancelled

pytestmark = [pytest.mark.anyio, pytest.mark.skipif(sys.platform != "linux", reason="limits of processes are Linux's")]
HERE = "tests.platform.spawnable"


async def messages(function: str, argument: Any, *, memory: int = 1 << 30, cpu: int = 20, stop: asyncio.Event | None = None) -> list[Any]:
    return [each async for each in spawned(f"{HERE}:{function}", argument, memory=memory, cpu=cpu, stop=stop)]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_messages_come_in_order_and_what_is_printed_is_none() -> None:
    said = await messages("count", {"to": 50})
    assert [each["number"] for each in said] == list(range(50))
    assert not is_alive(said[0]["pid"])


async def test_what_the_function_refuses_is_permanent() -> None:
    with pytest.raises(Permanent, match=r"nobody can read a\.pdf"):
        await messages("refuse", "a.pdf")


@pytest.mark.parametrize(("function", "text"), [("fail", "RuntimeError: ended by an error"), ("die", "it ended with SIGKILL")])
async def test_another_end_is_an_error_that_may_pass(function: str, text: str) -> None:
    with pytest.raises(ChildFailed, match=text):
        await messages(function, {})


async def test_memory_is_bounded() -> None:
    with pytest.raises(Permanent, match="more memory") as refused:
        await messages("eat", {}, memory=400 << 20)
    assert refused.value.code == "memory_limit"
    assert await messages("eat", {}, memory=2 << 30) == [{"bytes": 960 << 20}], "what fits is had"


async def test_processor_time_is_bounded() -> None:
    with pytest.raises(Permanent, match="more processor time") as refused:
        await messages("spin", {}, cpu=1)
    assert refused.value.code == "time_limit"


async def test_who_answers_requests_comes_first() -> None:
    assert await messages("tell_priority", {}) == [min(19, os.nice(0) + NICE)]


async def test_there_is_no_network() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        with pytest.raises(ChildFailed, match="not allowed here"):
            await messages("call_home", {"port": server.getsockname()[1]})


async def test_the_environment_holds_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARGUS_SECRET_KEY", "k" * 32)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s" * 20)
    (environment,) = await messages("tell_environment", {})
    assert "PATH" in environment
    assert not [name for name in environment if "SECRET" in name]


@pytest.mark.parametrize("stubborn", [False, True])
async def test_it_ends_when_it_is_to_stop_also_when_it_does_not_want_to(stubborn: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("argus.platform.spawned.GRACE", 0.5)
    stop = asyncio.Event()
    pids: list[int] = []
    with pytest.raises(WorkCancelled):
        async for message in spawned(f"{HERE}:sleep", {"stubborn": stubborn}, memory=1 << 30, cpu=5, stop=stop):
            pids.append(message["pid"])
            stop.set()
    assert pids
    assert not is_alive(pids[0])


async def test_it_ends_with_its_parent() -> None:
    script = (
        "import asyncio\nfrom argus.platform.spawned import spawned\n"
        "async def main():\n"
        f"    async for message in spawned('{HERE}:sleep', {{}}, memory=1 << 30, cpu=5):\n"
        "        print(message['pid'], flush=True)\n"
        "asyncio.run(main())"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, env=env) as parent:
        assert parent.stdout is not None
        pid = int(await asyncio.to_thread(parent.stdout.readline))
        assert is_alive(pid)
        parent.send_signal(signal.SIGKILL)
    until = time.monotonic() + 10
    while is_alive(pid):
        assert time.monotonic() < until, "it lives on"
        await asyncio.sleep(0.05)
