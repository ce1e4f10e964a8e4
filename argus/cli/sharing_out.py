"""How workers share connections: each takes the next one only while no other has fewer.

Workers of one socket race for what arrives, and whoever wakes first accepts all that waits: of sixteen connections of a proxy one worker
gets sixteen, and serves them for as long as the proxy keeps them. Here a worker that has more than another leaves the next connection to
that one for a few milliseconds. It takes it all the same when nobody else did, so a worker that is busy or stopped makes nobody wait long.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import logging
import mmap
import os
import socket
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import uvloop

from argus.cli.listening import DOORS, WORKERS_FILE

SLOTS = 256  # workers that one file can hold; while they are replaced there are twice as many as usual
WIDTH = 8  # bytes of a slot: process, connections
PATIENCE = 0.01  # seconds that a connection is left to the others
LOOK = 0.001  # seconds between two looks at it
NO_DESCRIPTORS = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
PAUSE = 1.0  # seconds without accepting, where the system has no descriptors left

Make = Callable[[], asyncio.Protocol]
log = logging.getLogger("argus.workers")


class Counts:
    """How many connections each worker has: a small file that all of them map. A slot belongs to the process whose number stands in it."""

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.truncate(SLOTS * WIDTH)
            self._slots = memoryview(mmap.mmap(file.fileno(), SLOTS * WIDTH)).cast("i")
            self._mine = self._free()
            self.set(0)
            self._slots[self._mine] = os.getpid()
            fcntl.flock(file, fcntl.LOCK_UN)  # the map keeps the file open, and with it the lock

    def _free(self) -> int:
        for slot in range(0, len(self._slots), 2):
            if not self._slots[slot] or not _alive(self._slots[slot]):
                return slot
        raise RuntimeError(f"more than {SLOTS} workers share one socket")

    def set(self, connections: int) -> None:
        """Tell how many this worker has."""
        self._slots[self._mine + 1] = connections

    def leave(self) -> None:
        """This worker takes no more connections."""
        self._slots[self._mine] = 0

    def somebody_has_fewer(self, connections: int) -> bool:
        """Whether another worker that lives has fewer than so many."""
        for slot in range(0, len(self._slots), 2):
            process = self._slots[slot]
            if process and slot != self._mine and self._slots[slot + 1] < connections and _alive(process):
                return True
        return False


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class Acceptor:
    """Accepts from a socket that other workers accept from, too. Closed like an `asyncio.Server`."""

    def __init__(self, loop: asyncio.AbstractEventLoop, listener: socket.socket, make: Make, counts: Counts) -> None:
        self._loop = loop
        self._listener = listener
        self._make = make
        self._counts = counts
        self._open = 0
        self._coming = 0  # accepted, and not yet with a protocol
        self._live: Collection[Any] = ()  # the server's own set of connections
        self._closed = False
        self._later: asyncio.TimerHandle | None = None
        self._patience = 0.0
        self._tasks: set[asyncio.Task[Any]] = set()
        listener.setblocking(False)
        loop.add_reader(listener.fileno(), self._arrived)

    def _arrived(self) -> None:
        self._count(len(self._live) + self._coming - self._open)  # those that became WebSockets end without a word to us
        if self._counts.somebody_has_fewer(self._open):
            at = self._loop.time()
            self._patience = self._patience or at + PATIENCE
            if at < self._patience:
                self._pause(LOOK)
                return
        self._patience = 0.0
        for _ in range(DOORS):
            if not self._accept() or self._counts.somebody_has_fewer(self._open):
                return

    def _pause(self, seconds: float) -> None:
        self._loop.remove_reader(self._listener.fileno())
        self._later = self._loop.call_later(seconds, self._go_on)

    def _go_on(self) -> None:
        self._later = None
        self._loop.add_reader(self._listener.fileno(), self._arrived)

    def _accept(self) -> bool:
        try:
            accepted, _ = self._listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return False  # somebody else took it, or it has gone
        except OSError as error:
            if error.errno not in NO_DESCRIPTORS:
                raise
            log.error("no connection can be accepted: %s", error.strerror)
            self._pause(PAUSE)
            return False
        accepted.setblocking(False)
        self._coming += 1
        self._count(1)
        task = self._loop.create_task(self._serve(accepted))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return True

    async def _serve(self, accepted: socket.socket) -> None:
        try:
            with contextlib.suppress(OSError):  # not of a Unix socket
                accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await self._loop.connect_accepted_socket(self._counted, accepted)
        except BaseException:
            self._count(-1)
            accepted.close()
            raise
        finally:
            self._coming -= 1

    def _counted(self) -> asyncio.Protocol:
        """The protocol of a connection, which is counted until it is lost."""
        protocol = self._make()
        self._live = protocol.connections  # type: ignore[attr-defined] # every protocol of uvicorn names the set of its server
        lost = protocol.connection_lost

        def connection_lost(error: Exception | None) -> None:
            self._count(-1)
            lost(error)

        protocol.connection_lost = connection_lost  # type: ignore[method-assign, assignment]
        return protocol

    def _count(self, change: int) -> None:
        self._open += change
        if not self._closed:
            self._counts.set(self._open)

    # -- as an asyncio.Server ----------------------------------------------------------------------------------------------------------

    @property
    def sockets(self) -> tuple[socket.socket, ...]:
        return () if self._closed else (self._listener,)

    def close(self) -> None:
        """Accept nothing more; connections that are open stay."""
        if self._closed:
            return
        self._closed = True
        self._counts.leave()
        if self._later is not None:
            self._later.cancel()
        self._loop.remove_reader(self._listener.fileno())

    async def wait_closed(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks)


class SharingLoop(uvloop.Loop):
    """uvloop, whose servers on a given socket share it with those of other workers."""

    async def create_server(self, protocol_factory: Any, *args: Any, sock: Any = None, **kwargs: Any) -> Any:
        path = os.environ.get(WORKERS_FILE)
        if sock is None or path is None or kwargs.get("ssl") is not None:
            return await super().create_server(protocol_factory, *args, sock=sock, **kwargs)
        return Acceptor(self, sock, protocol_factory, Counts(Path(path)))
