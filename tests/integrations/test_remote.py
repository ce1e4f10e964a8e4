"""Asking other systems: bounded in time, places, tries and bytes; one that is down is left alone; errors are told in words."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from argus.integrations import remote as layer
from argus.integrations.remote import FAILURES, QUEUED, Remote, RemoteError, ask, basic_credentials, json_of, standing_of
from argus.kit import deadline
from argus.kit.deadline import Deadline
from argus.runtime import Runtime

pytestmark = pytest.mark.anyio

HUB = Remote("Hub", seconds=5)
URL = "http://hub.example/a?token=secret"
Peer = Callable[[httpx.Request], httpx.Response]


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layer, "BACKOFF_SECONDS", 0.001)


def runtime_of(transport: httpx.AsyncBaseTransport) -> Runtime:
    return cast("Runtime", SimpleNamespace(http=httpx.AsyncClient(transport=transport)))


class Twin:
    """A peer in this process that answers in turn, the last answer for ever."""

    def __init__(self, *answers: httpx.Response | Exception | Peer) -> None:
        self.answers = list(answers)
        self.asked: list[httpx.Request] = []
        self.runtime = runtime_of(httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else answer(request)


def down(*_: object) -> httpx.ConnectError:
    return httpx.ConnectError("refused")


async def refusal(asking: Awaitable[Any]) -> str:
    with pytest.raises(RemoteError) as refused:
        await asking
    assert "secret" not in str(refused.value)
    return str(refused.value)


async def test_what_may_be_repeated_is_asked_again() -> None:
    twin = Twin(httpx.ReadError("cut"), httpx.Response(503), httpx.Response(200, text="here"))
    assert (await ask(twin.runtime, HUB, "GET", URL)).text == "here"
    assert len(twin.asked) == 3


async def test_what_may_have_happened_is_not_sent_twice() -> None:
    twin = Twin(httpx.ReadError("cut"), httpx.Response(200))
    assert await refusal(ask(twin.runtime, HUB, "POST", URL)) == "Hub does not answer: ReadError"
    assert len(twin.asked) == 1


async def test_what_was_never_sent_is_sent_again_whatever_it_is() -> None:
    twin = Twin(down(), httpx.Response(201))
    assert (await ask(twin.runtime, HUB, "POST", URL)).status_code == 201


async def test_the_last_answer_counts_when_the_remote_stays_busy() -> None:
    twin = Twin(httpx.Response(429))
    assert (await ask(twin.runtime, HUB, "GET", URL)).status_code == 429
    assert len(twin.asked) == HUB.tries


@pytest.mark.parametrize("after", ["0", format_datetime(datetime.now(UTC) - timedelta(seconds=5), usegmt=True)])
async def test_a_short_retry_after_is_waited_for(after: str) -> None:
    twin = Twin(httpx.Response(429, headers={"Retry-After": after}), httpx.Response(200))
    assert (await ask(twin.runtime, HUB, "GET", URL)).status_code == 200


def limited(kind: str) -> httpx.Response:
    if kind == "retry-after":
        return httpx.Response(429, headers={"Retry-After": "120"})
    return httpx.Response(403, headers={"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + 120)})


@pytest.mark.parametrize("kind", ["retry-after", "rate-limit"])
async def test_a_remote_that_wants_to_be_left_alone_is(kind: str) -> None:
    answer = limited(kind)
    twin = Twin(answer)
    assert (await ask(twin.runtime, HUB, "GET", URL)).status_code == answer.status_code
    assert (await refusal(ask(twin.runtime, HUB, "GET", URL))).startswith("Hub wants no request before ")
    assert len(twin.asked) == 1
    standing_of(twin.runtime, HUB).blocked_until = time.time() - 1
    await ask(twin.runtime, HUB, "GET", URL)
    assert len(twin.asked) == 2


async def test_a_remote_that_is_down_is_left_alone_and_asked_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    once = replace(HUB, tries=1)
    twin = Twin(*[down() for _ in range(FAILURES)], httpx.Response(200))
    for _ in range(FAILURES):
        assert await refusal(ask(twin.runtime, once, "GET", URL)) == "Hub does not answer: ConnectError"
    assert await refusal(ask(twin.runtime, once, "GET", URL)) == "Hub does not answer: ConnectError"
    assert len(twin.asked) == FAILURES, "it is not asked"
    late = time.time() + layer.REST_SECONDS + 1
    monkeypatch.setattr("purgatory.domain.model.time.time", lambda: late)
    assert (await ask(twin.runtime, once, "GET", URL)).status_code == 200


async def test_refusals_do_not_make_a_remote_one_that_is_down() -> None:
    twin = Twin(httpx.Response(404))
    for _ in range(3 * FAILURES):
        await ask(twin.runtime, HUB, "GET", URL)
    assert len(twin.asked) == 3 * FAILURES


async def test_callers_who_leave_do_not_make_a_remote_one_that_is_down() -> None:
    async with listening(silent) as port:
        runtime = runtime_of(httpx.AsyncHTTPTransport())
        for _ in range(2 * FAILURES):
            task = asyncio.create_task(ask(runtime, HUB, "GET", f"http://127.0.0.1:{port}/"))
            await asyncio.sleep(0.02)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        assert standing_of(runtime, HUB).last_error is None
        assert (await refusal(ask(runtime, replace(HUB, seconds=0.1), "GET", f"http://127.0.0.1:{port}/"))).startswith(
            "Hub does not answer in"
        )


async def test_redirects_that_stay_with_the_remote_are_followed_with_credentials() -> None:
    twin = Twin(httpx.Response(301, headers={"Location": "/b"}), httpx.Response(200))
    await ask(twin.runtime, HUB, "GET", URL, headers=basic_credentials("a", "b"))
    assert str(twin.asked[1].url) == "http://hub.example/b"
    assert twin.asked[1].headers["authorization"] == twin.asked[0].headers["authorization"]


async def test_a_redirect_to_a_trusted_host_carries_no_credentials() -> None:
    twin = Twin(httpx.Response(302, headers={"Location": "https://files.example/x"}), httpx.Response(200))
    await ask(twin.runtime, HUB, "GET", URL, headers=basic_credentials("a", "b"), trusted={"files.example"})
    assert "authorization" not in twin.asked[1].headers


@pytest.mark.parametrize(
    "target", ["https://login.example/?token=secret", "http://files.example/", "https://hub.example/a", "http://hub.example:81/"]
)
async def test_a_redirect_elsewhere_is_an_error_that_names_the_place(target: str) -> None:
    twin = Twin(httpx.Response(302, headers={"Location": target}), httpx.Response(200))
    told = await refusal(ask(twin.runtime, HUB, "GET", URL, trusted={"files.example"}))
    assert told == f"Hub redirects to {target.partition('?')[0]}: a login or a proxy stands before it"
    assert len(twin.asked) == 1


async def test_a_circle_of_redirects_ends() -> None:
    twin = Twin(httpx.Response(302, headers={"Location": "/a"}))
    assert await refusal(ask(twin.runtime, HUB, "GET", URL)) == "Hub redirects in a circle"


@pytest.mark.parametrize(("content", "told"), [("<html>Sign in", "a login or a proxy stands before it"), ("{", "no JSON"), ("", "no JSON")])
async def test_what_is_no_json_is_an_error_in_the_remotes_name(content: str, told: str) -> None:
    twin = Twin(httpx.Response(200, text=content))
    answer = await ask(twin.runtime, HUB, "GET", URL)
    with pytest.raises(RemoteError, match=f"^Hub answers .*{told}"):
        json_of(HUB, answer)


async def test_too_many_callers_are_told_so() -> None:
    small = replace(HUB, at_once=1, seconds=0.5)
    async with listening(silent) as port:
        runtime = runtime_of(httpx.AsyncHTTPTransport())
        asked = [refusal(ask(runtime, small, "GET", f"http://127.0.0.1:{port}/")) for _ in range(QUEUED + 5)]
        told = await asyncio.gather(*asked)
    assert told.count("too many requests wait for Hub already") == 4


async def test_a_request_waits_no_longer_than_its_own_caller_does() -> None:
    async with listening(silent) as port:
        runtime = runtime_of(httpx.AsyncHTTPTransport())
        token = deadline.current.set(Deadline(0.2))
        try:
            began = time.monotonic()
            await refusal(ask(runtime, HUB, "GET", f"http://127.0.0.1:{port}/"))
            assert time.monotonic() - began < 2
        finally:
            deadline.current.reset(token)


# -- peers on real sockets -------------------------------------------------------------------------------------------------------------

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


@asynccontextmanager
async def listening(talk: Talk) -> AsyncIterator[int]:
    async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(guarded, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


async def asked_of(talk: Talk, remote: Remote) -> httpx.Response:
    async with listening(talk) as port:
        runtime = runtime_of(httpx.AsyncHTTPTransport())
        try:
            return await ask(runtime, remote, "GET", f"http://127.0.0.1:{port}/")
        finally:
            await runtime.http.aclose()


@pytest.mark.parametrize("length", range(len(HEAD)))
async def test_a_connection_cut_at_any_byte_is_an_error_in_the_remotes_name(length: int) -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD[:length])

    assert (await refusal(asked_of(cut, replace(HUB, tries=1)))).startswith("Hub does not answer: ")


async def test_an_endless_answer_ends_at_the_limit() -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[")
        while True:
            writer.write(b"1," * 32_768)
            await writer.drain()

    assert await refusal(asked_of(endless, replace(HUB, most_bytes=1 << 20))) == "Hub answers more than 1 MiB"


async def test_a_slow_answer_ends_at_the_limit() -> None:
    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for byte in HEAD * 100:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.02)

    assert await refusal(asked_of(slow, replace(HUB, seconds=0.3))) == "Hub does not answer in 0 s"


async def test_a_compressed_answer_counts_unpacked() -> None:
    import gzip

    bomb = gzip.compress(b" " * (4 << 20))

    async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb) + bomb)

    assert (await asked_of(answers, HUB)).content == b" " * (4 << 20)
    assert "more than 1 MiB" in await refusal(asked_of(answers, replace(HUB, most_bytes=1 << 20)))
