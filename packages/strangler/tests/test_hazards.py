"""The Flask lane through a real server, with clients and applications that misbehave."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from strangler.a2wsgi_bridge import A2WsgiBridge
from strangler.bridge import Bridge
from support import wsgi
from support.server import connect, drained, exchange, get, serving, until

CHUNKED = "Transfer-Encoding: chunked"


@pytest.fixture(scope="module")
def bridge() -> Bridge:
    return Bridge(wsgi.app, threads=2, queue=2)


@pytest.fixture(scope="module")
def port(bridge: Bridge) -> Iterator[int]:
    with serving(bridge) as found:
        yield found


@pytest.fixture(autouse=True)
def _clean() -> None:
    wsgi.closed.clear()
    wsgi.ran.clear()


def _chunks(*parts: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)


def _body(answer: bytes) -> bytes:
    return answer.split(b"\r\n\r\n", 1)[1]


def test_a_chunked_upload_without_length(port: int) -> None:
    answer = exchange(port, get("/echo", CHUNKED, method="POST", body=_chunks(b"hello ", b"world", b"")))
    assert b"x-length: 11" in answer
    assert _body(answer) == b"hello world"


def test_an_upload_of_several_megabytes_is_spooled(port: int) -> None:
    body = bytes(range(256)) * 16_000
    assert _body(exchange(port, get("/echo", f"Content-Length: {len(body)}", method="POST", body=body))).endswith(body)
    chunked = exchange(port, get("/echo", CHUNKED, method="POST", body=_chunks(body[:3_000_000], body[3_000_000:], b"")))
    assert f"x-length: {len(body)}".encode() in chunked


def test_the_input_iterates_in_lines(port: int) -> None:
    assert _body(exchange(port, get("/lines", "Content-Length: 8", method="POST", body=b"a\nb\n\nc\nd"))) == b"a\n|b\n|\n|c\n|d"


@pytest.mark.parametrize("headers", [("Content-Length: 100",), (CHUNKED,)])
def test_a_view_does_not_run_on_an_upload_that_was_cut(port: int, headers: tuple[str, ...]) -> None:
    with connect(port) as client:
        client.sendall(get("/echo", *headers, method="POST", body=_chunks(b"x" * 50)))
    exchange(port, get("/environ"))  # comes after the cut one, so that one has been dealt with
    assert wsgi.ran == ["environ"]


def test_a_large_upload_that_was_cut_leaves_nothing(port: int, bridge: Bridge) -> None:
    with connect(port) as client:
        client.sendall(get("/echo", "Content-Length: 9000000", method="POST", body=b"x" * 4_000_000))
        time.sleep(0.1)  # so that a part of it is on the disk
    exchange(port, get("/environ"))
    assert wsgi.ran == ["environ"]
    until(lambda: bridge.pool.busy == 0)


def test_endless_streams_whose_clients_leave_give_their_threads_back(port: int, bridge: Bridge) -> None:
    clients = [connect(port) for _ in range(2)]
    for client in clients:
        client.sendall(get("/endless"))
        assert client.recv(100).startswith(b"HTTP/1.1 200")
    assert bridge.pool.busy == 2
    for client in clients:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
    until(lambda: bridge.pool.busy == 0)
    assert wsgi.closed == ["endless", "endless"]
    assert _body(exchange(port, get("/echo"))) == b""


def test_a_slow_reader_of_a_file_holds_no_thread(port: int, bridge: Bridge) -> None:
    with connect(port) as client:
        client.sendall(get("/large"))
        assert client.recv(1, socket.MSG_PEEK)  # it has begun, and 30 MB do not fit into the buffers between
        until(lambda: bridge.pool.busy == 0)
        assert len(_body(drained(client))) == 30_000_000


def test_write(port: int) -> None:
    assert _body(exchange(port, get("/write"))) == b"onetwosix"
    assert _body(exchange(port, get("/write-while-gathered"))) == b"onetwosix"


def test_start_response_again_before_the_first_byte(port: int) -> None:
    answer = exchange(port, get("/replaced"))
    assert answer.startswith(b"HTTP/1.1 503")
    assert _body(answer) == b"sorry"


@pytest.mark.parametrize("path", ["/too-late", "/fails-streaming"])
def test_a_failure_after_the_first_byte_cuts_the_answer(port: int, path: str) -> None:
    answer = exchange(port, get(path))
    assert answer.startswith(b"HTTP/1.1 200")
    assert not answer.endswith(b"0\r\n\r\n")
    assert wsgi.closed == [path.strip("/")]


@pytest.mark.parametrize("path", ["/fails-gathered", "/raises", "/twice", "/never-started", "/exits"])
def test_a_failure_before_the_first_byte_is_a_500(port: int, path: str) -> None:
    assert exchange(port, get(path)).startswith(b"HTTP/1.1 500")
    assert wsgi.closed == (["fails-gathered"] if path == "/fails-gathered" else [])
    assert exchange(port, get("/echo")).startswith(b"HTTP/1.1 200")


def test_an_answer_shorter_than_it_declares_is_cut(port: int) -> None:
    answer = exchange(port, get("/short"))
    assert b"content-length: 100" in answer
    assert len(_body(answer)) < 100


def test_a_status_without_body(port: int) -> None:
    with connect(port) as client:
        client.sendall(get("/not-modified").replace(b"Connection: close\r\n", b"") + get("/echo"))
        both = drained(client)
    assert both.startswith(b"HTTP/1.1 304")
    assert both.count(b"HTTP/1.1 ") == 2
    assert wsgi.closed == ["not-modified"]


def test_close_is_called_once_and_may_fail(port: int) -> None:
    assert _body(exchange(port, get("/bad-close"))) == b"ok"
    assert wsgi.closed == ["bad-close"]
    exchange(port, get("/generated"))
    until(lambda: wsgi.closed == ["bad-close", "generated"])


def test_headers(port: int) -> None:
    seen = _body(
        exchange(
            port,
            get(
                "/environ",
                "Cookie: a=1",
                "Cookie: b=2",
                "X-User: ann",
                "X_User: eve",
                "Proxy: evil",
                "Accept: x",
                "Accept: y",
                "X-Tenant-Id: 3",
            ),
        )
    ).decode()
    assert "HTTP_COOKIE='a=1; b=2'" in seen
    assert "HTTP_X_USER='ann'" in seen
    assert "eve" not in seen
    assert "HTTP_PROXY" not in seen
    assert "HTTP_ACCEPT='x,y'" in seen
    assert "HTTP_X_TENANT_ID='3'" in seen


def test_path_and_query(port: int) -> None:
    seen = _body(exchange(port, get("/environ?a=%20b&c").replace(b"/environ", b"/%65nviron"))).decode()
    assert "PATH_INFO='/environ'" in seen
    assert "QUERY_STRING='a=%20b&c'" in seen
    assert "REQUEST_URI='/%65nviron?a=%20b&c'" in seen


def test_expect_100_continue(port: int) -> None:
    with connect(port) as client:
        client.sendall(get("/echo", "Content-Length: 2", "Expect: 100-continue", method="POST"))
        assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"ok")
        assert _body(drained(client)) == b"ok"


def test_a_client_of_http_1_0_gets_a_length_and_no_chunks(port: int) -> None:
    answer = exchange(port, get("/generated", version="1.0"))
    assert b"transfer-encoding" not in answer
    assert b"content-length: 100002" in answer
    assert len(_body(answer)) == 100_002


def test_head(port: int) -> None:
    answer = exchange(port, get("/large", method="HEAD"))
    assert b"content-length: 30000000" in answer
    assert _body(answer) == b""


def test_a_full_queue_is_a_503_and_other_requests_are_not_touched(bridge: Bridge, port: int) -> None:
    wsgi.release.clear()
    clients = [connect(port) for _ in range(5)]
    for number, client in enumerate(clients):
        client.sendall(get("/stuck"))
        until(lambda number=number: bridge.pool.busy + bridge.pool.queued == min(number + 1, 4))
    refused = drained(clients[-1])
    assert refused.startswith(b"HTTP/1.1 503")
    assert b"retry-after: 1" in refused
    wsgi.release.set()
    assert [_body(drained(client)) for client in clients[:4]] == [b"ok"] * 4


def test_a_deadline_answers_504_and_the_thread_counts_until_it_ends() -> None:
    wsgi.release.clear()
    bridge = Bridge(wsgi.app, threads=1, deadline=1.0)
    with serving(bridge) as port:
        assert exchange(port, get("/stuck")).startswith(b"HTTP/1.1 504")
        assert bridge.pool.busy == 1
        wsgi.release.set()
        until(lambda: bridge.pool.busy == 0)
        assert _body(exchange(port, get("/write"))) == b"onetwosix"


@pytest.mark.anyio
async def test_a_cancelled_request_keeps_its_slot_until_the_view_ends() -> None:
    wsgi.release.clear()
    bridge = Bridge(wsgi.app, threads=1, queue=0)
    scope = {"type": "http", "method": "GET", "path": "/stuck", "query_string": b"", "http_version": "1.1", "headers": []}

    async def never() -> dict[str, str]:
        await asyncio.sleep(60)
        raise AssertionError

    sent: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    task = asyncio.create_task(bridge(scope, never, send))  # type: ignore[arg-type]
    while not bridge.pool.busy:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert bridge.pool.busy == 1
    await bridge(scope, never, send)  # type: ignore[arg-type]
    assert sent[0]["status"] == 503
    wsgi.release.set()
    assert await bridge.close(1) == 0


@pytest.mark.anyio
async def test_closing_waits_for_views_and_tells_what_still_runs() -> None:
    wsgi.release.clear()
    bridge = Bridge(wsgi.app, threads=2)

    def work() -> None:
        wsgi.release.wait(5)

    bridge.pool.submit(work)
    assert await bridge.close(0.1) == 1
    wsgi.release.set()


def test_the_a2wsgi_bridge_is_mended_where_it_can() -> None:
    with serving(A2WsgiBridge(wsgi.app, threads=2)) as port:
        answer = exchange(port, get("/echo", CHUNKED, method="POST", body=_chunks(b"hello ", b"world", b"")))
        assert _body(answer) == b"hello world"
        seen = _body(exchange(port, get("/environ", "Cookie: a=1", "Cookie: b=2", "X_User: eve"))).decode()
        assert "HTTP_COOKIE='a=1; b=2'" in seen
        assert "eve" not in seen
        with connect(port) as client:
            client.sendall(get("/echo", "Content-Length: 100", method="POST", body=b"x"))
        time.sleep(0.1)
        assert wsgi.ran == ["echo", "environ"]


def test_a_view_that_asks_for_patience_gets_it_and_hears_when_its_client_has_left() -> None:
    heard, go = threading.Event(), threading.Event()

    def patient(environ: Any, start_response: Any) -> list[bytes]:
        environ["strangler.patience"](20)
        if environ["PATH_INFO"] == "/leaving":
            gone = environ["strangler.gone"]
            until(gone)
            heard.set()
        else:
            go.wait(20)
        start_response("200 OK", [("Content-Length", "2")])
        return [b"ok"]

    bridge = Bridge(patient, threads=1, deadline=1.0)
    with serving(bridge) as port:
        with connect(port) as client:
            client.sendall(get("/leaving"))
            until(lambda: bridge.pool.busy == 1)
        assert heard.wait(10)
        until(lambda: bridge.pool.busy == 0)
        timer = threading.Timer(1.5, go.set)
        timer.start()
        assert _body(exchange(port, get("/staying"))) == b"ok"


def test_the_bridge_tells_when_it_accepted_a_request() -> None:
    def when(environ: Any, start_response: Any) -> list[bytes]:
        body = str(time.monotonic() - environ["strangler.accepted"]).encode()
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    with serving(Bridge(when, threads=1)) as port:
        assert 0 <= float(_body(exchange(port, get("/")))) < 10
