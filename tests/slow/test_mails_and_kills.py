"""Five hundred mails are caused while workers are killed at random: none is lost, and one comes twice only from a worker that died on it.

Two servers with two workers each; the mail server keeps which process handed it what.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import signal
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as Conversation

from argus.cli.stores import open_at
from argus.kit.clock import now
from argus.kit.settings import load_settings
from argus.models.mail import QueuedMail
from argus.storage.statements import select
from tests.features.tracker.making import make
from tests.process import free_port, server_process
from tests.serving import ACTORS
from tests.slow.wire import FAILURES, Connection, children, holder_of

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for the workers below /proc"),
]

MAILS = 500
WRITERS = 10  # each has a run of its own
PAUSE = 0.7  # seconds at most between two comments of a writer
KILLED_EVERY = 4.0  # seconds
SLOWEST = 0.1  # seconds that the mail server thinks about a mail
SENT_WITHIN = 420.0  # seconds in which what is left is sent: two tries are up to 150 s apart
TOKEN = {"Authorization": f"token {ACTORS['alice']['token']}"}


class Copy(NamedTuple):
    """A mail as the mail server took it."""

    id: str
    number: int
    taker: int | None  # the process that handed it over; None when it was gone by then


class Sink:
    """Keeps what it takes; each mail a moment after it came, so that its sender may die in between."""

    def __init__(self) -> None:
        self.port = free_port()
        self.copies: list[Copy] = []
        self.supervisors: list[int] = []

    def workers(self) -> list[int]:
        return [worker for supervisor in self.supervisors for worker in children(supervisor)]

    async def handle_DATA(self, server: SMTP, conversation: Conversation, envelope: Envelope) -> str:
        assert isinstance(conversation.peer, tuple)
        taker = holder_of(conversation.peer[1], self.port, self.workers())
        await asyncio.sleep(random.uniform(0, SLOWEST))
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=default)
        text = mail.get_body(("plain",))
        assert text is not None
        number = re.search(r"number (\d+)!", text.get_content())
        assert number is not None
        self.copies.append(Copy(mail["Message-ID"], int(number[1]), taker))
        return "250 taken"


@contextmanager
def taking(sink: Sink) -> Iterator[None]:
    controller = Controller(sink, hostname="127.0.0.1", port=sink.port)
    controller.start()
    try:
        yield
    finally:
        controller.stop()


class Writers:
    """Comments that name bob, numbered; those that were acknowledged."""

    def __init__(self, ports: list[int], runs: list[str], test: str, bob: str) -> None:
        self.ports, self.runs, self.test, self.bob = ports, runs, test, bob
        self.number = 0
        self.acknowledged: set[int] = set()
        self.broken = 0

    async def write(self, run: str, port: int) -> None:
        connection = Connection(port, TOKEN)
        path = f"/api/v1/test/{self.test}/run/{run}/comments/submit"
        while len(self.acknowledged) < MAILS:
            self.number += 1
            number = self.number
            body = {"message": f"number {number}!", "reactions": {}, "mentions": [self.bob]}
            try:
                answer = await connection.ask("POST", path, json.dumps(body).encode())
            except FAILURES:
                self.broken += 1
                continue
            assert json.loads(answer.body)["status"] == "ok", answer.body[:500]
            self.acknowledged.add(number)
            await asyncio.sleep(random.uniform(0, PAUSE))
        connection.close()

    async def all(self) -> None:
        await asyncio.gather(*(self.write(run, self.ports[each % 2]) for each, run in enumerate(self.runs)))


def is_worker(pid: int) -> bool:
    """Whether a child of a server is a worker that runs: not its helper, and not one that has ended."""
    try:
        return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


@asynccontextmanager
async def killing(sink: Sink) -> AsyncIterator[list[int]]:
    """One worker after the other, at random."""
    killed: list[int] = []

    async def kill() -> None:
        while True:
            await asyncio.sleep(random.uniform(0.5, 1.5) * KILLED_EVERY)
            alive = [pid for pid in sink.workers() if is_worker(pid)]
            if alive:
                victim = random.choice(alive)
                os.kill(victim, signal.SIGKILL)
                killed.append(victim)

    task = asyncio.create_task(kill())
    try:
        yield killed
    finally:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            await task


async def waiting(storage: str) -> list[QueuedMail]:
    async with open_at(storage, load_settings(STORAGE=storage), models=()) as store:
        days = [f"{now() - timedelta(days=back):%Y-%m-%d}" for back in range(2)]
        found = [mail for day in days for mail in await store.all(select(QueuedMail).where(day=day))]
        return [mail for mail in found if mail.receiver is not None]


async def until_all_are_sent(storage: str) -> None:
    async with asyncio.timeout(SENT_WITHIN):
        while left := await waiting(storage):
            assert not any(mail.given_up for mail in left)
            await asyncio.sleep(3)


async def writers_for(url: str, ports: list[int]) -> Writers:
    async with httpx.AsyncClient(base_url=url, headers=TOKEN, timeout=60) as alice:
        made = await make(alice)
        test = await made.new_test("t")
        runs = [await made.new_run("t", number) for number in range(WRITERS)]
        people: dict[str, Any] = (await alice.get("/api/v1/users")).json()["response"]
    bob = next(each["id"] for each in people.values() if each["username"] == "bob")
    return Writers(ports, runs, test, bob)


async def test_a_mail_is_neither_lost_nor_sent_twice(storage: str, tmp_path: Path) -> None:
    sink = Sink()
    settings = {
        "ARGUS_EMAIL_SERVER": "127.0.0.1",
        "ARGUS_EMAIL_SERVER_PORT": str(sink.port),
        "ARGUS_EMAIL_LOGIN": "false",
        "ARGUS_SECRET_KEY": "of-tests-0123456789",
        "ARGUS_JOBS_DISABLED": "embedding,statistics,stuck-runs,housekeeping",
        **{name: value for name, value in os.environ.items() if "KEYSPACE" in name},
    }
    with ExitStack() as stack:
        stack.enter_context(taking(sink))
        urls = []
        for number in range(2):
            (folder := tmp_path / f"server-{number}").mkdir()
            url, running = stack.enter_context(server_process(None, storage, folder, "--workers", "2", **settings))
            urls.append(url)
            sink.supervisors.append(running.pid)
        ports = [urlsplit(url).port or 0 for url in urls]
        writers = await writers_for(urls[0], ports)
        async with killing(sink) as killed:
            await writers.all()
        await until_all_are_sent(storage)
    check(sink.copies, writers, killed)


def check(copies: list[Copy], writers: Writers, killed: list[int]) -> None:
    arrived, ids = defaultdict[int, list[Copy]](list), defaultdict[int, set[str]](set)
    for copy in copies:
        arrived[copy.number].append(copy)
        ids[copy.number].add(copy.id)
    repeated = [found for found in arrived.values() if len(found) > 1]
    print(
        f"\n{len(killed)} workers killed, {writers.broken} requests cut off; {len(writers.acknowledged)} comments acknowledged,"
        f" {len(writers.acknowledged - set(arrived))} mails lost, {len(arrived)} arrived, {len(repeated)} of them twice"
    )
    assert len(killed) >= 5
    assert len(writers.acknowledged) >= MAILS
    assert not writers.acknowledged - set(arrived), "lost"
    assert all(len(each) == 1 for each in ids.values()), "a mail keeps its id"
    for found in repeated:
        assert all(copy.taker is None or copy.taker in killed for copy in found[:-1]), "twice, although nobody had died on it"
