"""The socket that a server listens on: one that systemd hands over, or one of its own."""

from __future__ import annotations

import os
import socket
from contextlib import ExitStack

from argus.cli.terminal import Failure

BACKLOG = 2048  # connections not yet accepted
DOORS = 16  # connections that are accepted at once
WORKERS_FILE = "ARGUS_WORKERS_FILE"  # where workers of one socket tell each other how many connections they have
FIRST_HANDED = 3  # the descriptor at which systemd's sockets begin (sd_listen_fds(3))


def listen(host: str, port: int) -> socket.socket:
    """A socket that callers may already connect to.

    With socket activation the address is systemd's: connections wait there while a server is restarted.

    Raises:
        Failure: the address cannot be had, or systemd hands over anything but one listening socket.
    """
    listener = _handed() or _own(host, port)
    listener.set_inheritable(True)
    return listener


def doors(listener: socket.socket) -> list[socket.socket]:
    """The same socket several times. uvloop accepts one connection of each socket in a round of the event loop: with one alone, a hundred
    callers who come together would wait a hundred rounds, and whoever comes after them as well."""
    return [listener, *(listener.dup() for _ in range(DOORS - 1))]


def _handed() -> socket.socket | None:
    """systemd's socket, if it gave this process one."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        return None
    count = os.environ.get("LISTEN_FDS", "")
    for name in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"):
        os.environ.pop(name, None)  # they are not meant for children
    if count != "1":
        raise Failure(f"systemd hands over {count or 'no'} sockets, and one is needed: give argus.socket one ListenStream")
    handed = socket.socket(fileno=FIRST_HANDED)
    if not handed.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        raise Failure("systemd hands over a socket that does not listen: argus.socket needs ListenStream, and Accept=no")
    return handed


def _own(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        with ExitStack() as unless_it_listens:
            listener = unless_it_listens.enter_context(socket.socket(family, kind, protocol))
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(BACKLOG)  # from now on callers wait instead of being refused
            unless_it_listens.pop_all()
            return listener
    except OSError as error:
        raise Failure(f"cannot listen on {host}:{port}: {error.strerror}") from error
