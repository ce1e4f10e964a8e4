"""The systems beside the tracker, each in a thread on a free port: a mail server that keeps what it gets, a Jenkins."""

from __future__ import annotations

import email
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller

from tests.process import free_port

Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Mailbox:
    """The mails and the addresses that each went to. What it says to a mail is `refusal` while there is one."""

    port: int
    mails: list[tuple[list[str], Message]] = field(default_factory=list)
    refusal: str | None = None

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.refusal is not None:
            return self.refusal
        self.mails.append((list(envelope.rcpt_tos), email.message_from_bytes(envelope.content)))
        return "250 taken"


@contextmanager
def running_mailbox() -> Iterator[Mailbox]:
    """One that does not know SMTPUTF8, as many do not."""
    box = Mailbox(free_port())
    controller = Controller(box, hostname="127.0.0.1", port=box.port, enable_SMTPUTF8=False)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


def as_json(value: Any) -> Answer:
    return 200, {"Content-Type": "application/json"}, json.dumps(value).encode()


def nothing(method: str, path: str, body: bytes) -> Answer:
    return 404, {}, b""


@dataclass
class Jenkins:
    """Answers by a function of method, path and body."""

    url: str = ""
    answer: Callable[[str, str, bytes], Answer] = nothing

    def forget(self) -> None:
        self.answer = nothing


@contextmanager
def running_jenkins() -> Iterator[Jenkins]:
    jenkins = Jenkins()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, headers, content = jenkins.answer(self.command, self.path, body)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _answer

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    jenkins.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield jenkins
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
