"""A Jenkins that the server reaches over the network; it holds what a journey puts there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

from tests.features.tracker.jenkins.fake import FakeJenkins


@dataclass
class Jenkins(FakeJenkins):
    """One that has an address."""

    address: str = ""


@contextmanager
def listening() -> Iterator[Jenkins]:
    """A Jenkins without jobs, which answers at its address."""
    remote = Jenkins()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answer = remote(httpx.Request(self.command, f"http://ci{self.path}", headers=list(self.headers.items()), content=content))
            self.send_response(answer.status_code)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if "content-length" not in answer.headers:
                self.send_header("content-length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        do_GET = do_POST = answer

        def log_message(self, format: str, *args: object) -> None:
            """What is asked is in the journeys."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            remote.address = f"http://127.0.0.1:{server.server_port}"
            yield remote
        finally:
            server.shutdown()
            thread.join()
