"""A Flask application that serves elsewhere: in another process, on another machine, under another Python. How it is named, and what is
known of it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from werkzeug.routing import Map

from strangler.hosts import Asked, Hosts


@dataclass(frozen=True, slots=True)
class Remote:
    """A Flask application that serves elsewhere, given to the gateway in place of the application itself. Times are in seconds."""

    url: str
    """Where it serves: scheme, host and port, such as `http://10.0.0.7:5000`."""
    connections: int = 100
    """At most so many to it at a time."""
    waiting: int = 200
    """Requests that may wait for one of them; one more is answered 503."""
    connect_seconds: float = 5.0
    wait_seconds: float = 10.0
    """For which a request waits for a connection, until it is answered 503."""
    answer_seconds: float = 60.0
    """For the beginning of an answer, and between two of its pieces."""
    send_seconds: float = 20.0
    """For the application to take a piece of a body."""
    idle_seconds: float = 1.0
    """For which a connection that nobody uses is kept: shorter than the application's server keeps it."""
    largest_message: int = 16 * 1024 * 1024
    """Bytes of a message of a WebSocket."""

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query or parts.username:
            raise ValueError(f"expected scheme, host and port, as in http://10.0.0.7:5000, and not {self.url!r}")

    @property
    def is_secure(self) -> bool:
        """Whether it is reached over TLS."""
        return urlsplit(self.url).scheme == "https"

    @property
    def host(self) -> str:
        """Its host's name or address."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """Its port."""
        return urlsplit(self.url).port or (443 if self.is_secure else 80)


class RemoteSide:
    """What is known of a remote application: that it may answer anything."""

    takes_sockets = True
    is_elsewhere = True
    has_hooks = True

    def __init__(self) -> None:
        self.map = Map()
        self.hosts = Hosts()

    def sockets(self) -> list[str]:
        """Rules that cannot be served: none."""
        return []

    def serves(self, asked: Asked) -> bool:
        """Whether it serves a path."""
        return True

    def answers(self, asked: Asked) -> bool:
        """Whether it answers a request."""
        return True

    def covers(self, template: str, method: str) -> bool:
        """Whether it has a rule of the registry."""
        return True
