"""A lean HTTP client for load: keep-alive connections over asyncio's streams, and which process serves one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

FAILURES = (OSError, EOFError, TimeoutError)  # what a request may raise instead of being answered
PATIENCE = 30.0  # seconds for an answer


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


class Connection:
    """Keeps its connection while the server does, and makes another one when it was asked to."""

    def __init__(self, port: int, headers: Mapping[str, str] | None = None, *, keep_alive: bool = True) -> None:
        self.port = port
        lines = {"Host": f"127.0.0.1:{port}", **({} if keep_alive else {"Connection": "close"}), **(headers or {})}
        self._head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """The answer; headers are written `x_user`. Raises one of FAILURES; the next request then has a connection of its own."""
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._ask(method, path, body, headers)
        except BaseException:
            self.close()
            raise

    async def _ask(self, method: str, path: str, body: bytes | None, more: dict[str, str]) -> Answer:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self._streams
        size = "" if body is None else f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        added = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in more.items())
        writer.write(f"{method} {path} HTTP/1.1\r\n{self._head}{added}{size}\r\n".encode() + (body or b""))
        status, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value for line in lines if line for name, _, value in [line.partition(": ")]}
        if headers.get("transfer-encoding") == "chunked":
            answered = b"".join([part async for part in _chunks(reader)])
        else:
            answered = await reader.readexactly(int(headers.get("content-length", 0)))
        if headers.get("connection", "").lower() == "close":
            self.close()
        return Answer(int(status.split()[1]), headers, answered)

    @property
    def own_port(self) -> int | None:
        """Our end of the connection that stands."""
        return self._streams[1].get_extra_info("sockname")[1] if self._streams else None

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


async def _chunks(reader: asyncio.StreamReader):  # type: ignore[no-untyped-def]
    while size := int(await reader.readline(), 16):
        yield await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readline()


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def process_of(connection: Connection, candidates: Iterable[int]) -> int | None:
    """Which of some processes holds the other end of a connection."""
    return holder_of(connection.port, connection.own_port, candidates)


def holder_of(local: int, remote: int | None, candidates: Iterable[int]) -> int | None:
    """Which of some processes holds the end of a connection whose own port is `local` and whose other port is `remote`."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    found = (row for row in rows if row[1].endswith(f":{local:04X}") and row[2].endswith(f":{remote:04X}"))
    socket = next((f"socket:[{row[9]}]" for row in found), None)
    for pid in candidates:
        try:
            if any(_names(descriptor) == socket for descriptor in Path(f"/proc/{pid}/fd").iterdir()):
                return pid
        except OSError:
            continue  # the process has ended meanwhile
    return None


def _names(descriptor: Path) -> str | None:
    try:
        return str(descriptor.readlink())
    except OSError:
        return None  # closed meanwhile


async def one_for_each(port: int, pids: Iterable[int], headers: Mapping[str, str] | None = None) -> dict[int, Connection]:
    """A connection to each of the processes that listen at one port: a process takes whichever comes, so it is tried until all have one."""
    wanted, found = set(pids), dict[int, Connection]()
    async with asyncio.timeout(PATIENCE):
        while set(found) != wanted:
            batch = [Connection(port, headers) for _ in range(8)]
            await asyncio.gather(*(each.ask("GET", "/healthz") for each in batch))
            for each in batch:
                pid = process_of(each, wanted)
                if pid is not None and pid not in found:
                    found[pid] = each
                else:
                    each.close()
    return found


class Neighbours:
    """How much of the machine others use, from its making on: what is measured beside them says less."""

    def __init__(self, pids: Iterable[int]) -> None:
        """`pids` are our own processes."""
        self.pids = [*pids]
        self._began = self._used()

    @property
    def share(self) -> float:
        """Of all processors."""
        whole, busy, ours = (now - then for now, then in zip(self._used(), self._began, strict=True))
        return max(busy - ours, 0) / whole

    def _used(self) -> tuple[int, int, int]:
        ticks = [int(each) for each in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
        own = [Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split() for pid in self.pids]
        return sum(ticks), sum(ticks) - ticks[3] - ticks[4], sum(int(fields[11]) + int(fields[12]) for fields in own)
