"""Shadowing: a sample of safe requests is played on the other lane after the answer has left, and the two answers are compared.

One lane is the measure: it answers first, then the other, and where they differ the first is asked again, up to three times. At whatever
place it does not agree with itself, or data has changed in between, the difference is noise. For half of the requests the lane that served
is the measure, and its answer is there already; for the others it is the other lane, so that one that errs now and then is found on either
side. Chance decides which: any regular turn would beat in time with some caller's requests.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, ContextVar, copy_context
from functools import partial
from typing import Any

from starlette.types import Message, Receive, Scope, Send

from strangler.compare import Answer, Difference, Incomparable, differences
from strangler.ending import end
from strangler.observation import FailedOf, Observation, by_status
from strangler.recording import SHADOW as SHADOW
from strangler.recording import Recording, RequestBody, copy_of, played
from strangler.registry import OTHER, Lane
from strangler.shadow_record import ShadowRecord, Tally, redacted_url
from strangler.target import Match, Target

AT_ONCE = 4
WAITING = 32
LATER = 0.05  # seconds until it is looked again whether there is room
BUSY = 0.35  # of a processor; a worker that uses more plays one request at a time
PAUSE = 1.0  # seconds between two of these
SPAN = 0.2  # seconds over which at least its use is measured
WAIT = 10.0
CONTROL = 0.05
CONTROLS = 3
TURNED = 0.5  # share of the requests that are measured by the lane that did not serve
INLINE = 8 * 1024  # bytes that are compared without a thread

log = logging.getLogger(__name__)
Serve = Callable[[Lane, Match, Scope, Receive, Send], Awaitable[None]]


class WriteRefused(Exception):
    """A played request tried to write."""


class Visit:
    """A request that is played. The host application asks it before it writes."""

    __slots__ = ("wrote",)

    def __init__(self) -> None:
        self.wrote: list[str] = []

    def refused(self, what: str) -> WriteRefused:
        """The error to raise instead of writing `what`; the request is then counted, and not compared."""
        self.wrote.append(what)
        return WriteRefused(f"a played request may not write {what}")


shadowing: ContextVar[Visit | None] = ContextVar("gateway_shadowing", default=None)
"""The visit, while a request is played. Threads of the Flask lane and calls through the portal see it too."""


class Watched:
    """A request that was drawn: it is served as any other, and played afterwards."""

    __slots__ = ("body", "context", "lane", "match", "recording", "scope", "shadow")

    def __init__(self, shadow: Shadow, match: Match, lane: Lane, scope: Scope) -> None:
        self.shadow = shadow
        self.match = match
        self.lane = lane
        self.scope = copy_of(scope)  # before a lane writes into it
        self.context = copy_context()  # before an identity is set in it
        self.body = RequestBody(scope)
        self.recording = Recording()

    def sending(self, send: Send) -> Send:
        """`send` that keeps what passes."""
        note = self.recording.note

        def passing(message: Message) -> Awaitable[None]:
            note(message)
            return send(message)

        return passing

    def play(self, observed: Observation, serve: Serve) -> None:
        """The answer has left: play the request, if there is room."""
        if not self.recording.complete or observed.gone:
            return
        self.recording.failed = observed.failed
        if self.body.whole:
            self.shadow.start(self, serve)
        else:
            self.shadow.drop_one(self)


class _Load:
    """How much of a processor this process uses: a request that is played then would be in the way of others."""

    def __init__(self, processor: Callable[[], float]) -> None:
        """`processor` gives the seconds that were used so far."""
        self._processor = processor
        self._since, self._used, self._use = time.monotonic(), processor(), 0.0

    @property
    def use(self) -> float:
        """The share, as measured last."""
        now = time.monotonic()
        if now - self._since >= SPAN:
            used = self._processor()
            self._use = (used - self._used) / (now - self._since)
            self._since, self._used = now, used
        return self._use


class Shadow:
    """Draws requests, plays them and counts what differs. One for each gateway; used on its event loop only."""

    def __init__(
        self,
        *,
        at_once: int = AT_ONCE,
        waiting: int = WAITING,
        wait: float = WAIT,
        control: float = CONTROL,
        also: Iterable[ContextVar[Any]] = (),
        draw: Callable[[], float] = random.random,
        processor: Callable[[], float] = time.process_time,
    ) -> None:
        """At most `at_once` requests play at a time, each answer within `wait` seconds, and `waiting` wait for their turn; the measure is
        asked again for a share `control` of them though nothing differs. Variables of `also` hold the visit as `shadowing` does, for layers
        that must not import this module."""
        self.at_once = at_once
        self.waiting = waiting
        self.wait = wait
        self.control = control
        self.failed_of: FailedOf = by_status
        """Whether an answer is a failure, as the gateway has it."""
        self.busy: Callable[[], bool] = lambda: False
        """Whether there is no room now, although fewer than `at_once` play."""
        self._marks = (shadowing, *also)
        self.draw = draw
        self._load = _Load(processor)
        self._began = 0.0
        self._playing: set[asyncio.Task[None]] = set()
        self._line: deque[tuple[Watched, Tally, Serve]] = deque()
        self._later: asyncio.TimerHandle | None = None
        self._tallies: dict[str, Tally] = {}
        self._thread: ThreadPoolExecutor | None = None

    def watch(self, match: Match, lane: Lane, scope: Scope) -> Watched | None:
        """The request when it is to be played, else None: the route shadows and the draw is in favour. One that there is no room for counts
        as dropped."""
        percent = match.target.shadowed
        if not percent or self.draw() * 100 >= percent or scope["method"] != "GET":
            return None
        if len(self._line) >= self.waiting:
            self._tally(match.target).dropped += 1
            return None
        return Watched(self, match, lane, scope)

    def _tally(self, target: Target) -> Tally:
        assert target.blueprint is not None  # else it had no policy
        return self._tallies.get(target.blueprint) or self._tallies.setdefault(target.blueprint, Tally(target.blueprint))

    def record(self, blueprint: str) -> ShadowRecord | None:
        """What was found about a blueprint; None when nothing of it was drawn."""
        tally = self._tallies.get(blueprint)
        return tally.record() if tally else None

    def records(self) -> list[ShadowRecord]:
        """What was found, by blueprint."""
        return [tally.record() for tally in self._tallies.values()]

    def forget(self, blueprint: str) -> None:
        """Begin the record of a blueprint anew."""
        self._tallies.pop(blueprint, None)

    def drop_one(self, watched: Watched) -> None:
        """Count a request that was drawn and cannot be played."""
        self._tally(watched.match.target).dropped += 1

    def start(self, watched: Watched, serve: Serve) -> None:
        """Play a request in the background, or count it as dropped."""
        tally = self._tally(watched.match.target)
        if len(self._line) >= self.waiting:
            tally.dropped += 1
            return
        self._line.append((watched, tally, serve))
        self._fill()

    def _fill(self) -> None:
        """Play what waits, as far as there is room."""
        loop = asyncio.get_running_loop()
        while self._line and self._has_room():
            self._began = time.monotonic()
            task = loop.create_task(self._play(*self._line.popleft()))
            self._playing.add(task)
            task.add_done_callback(self._ended)
        if self._line and self._later is None:
            self._later = loop.call_later(LATER, self._look_again)

    def _has_room(self) -> bool:
        if len(self._playing) >= self.at_once or self.busy():
            return False
        return self._load.use < BUSY or (not self._playing and time.monotonic() - self._began >= PAUSE)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._playing.discard(task)
        self._fill()

    def _look_again(self) -> None:
        self._later = None
        self._fill()

    async def settle(self) -> None:
        """Wait until nothing plays and nothing waits."""
        while self._playing or self._line:
            await (asyncio.wait(self._playing) if self._playing else asyncio.sleep(LATER))

    def drop(self) -> None:
        """Forget what waits."""
        for _, tally, _ in self._line:
            tally.dropped += 1
        self._line.clear()

    async def close(self) -> None:
        """End what plays, and forget what waits."""
        self.drop()
        if self._later is not None:
            self._later.cancel()
            self._later = None
        await end(*self._playing)
        await self.settle()  # what a request that was still served has begun meanwhile
        if self._thread is not None:
            self._thread.shutdown(wait=False)

    async def _play(self, watched: Watched, tally: Tally, serve: Serve) -> None:
        try:
            await self._compare(watched, tally, serve)
        except (TimeoutError, Incomparable):
            tally.failed += 1
        except Exception:
            tally.failed += 1
            log.exception("shadow: %s could not be compared", watched.match.target.template)

    async def _compare(self, watched: Watched, tally: Tally, serve: Serve) -> None:
        target = watched.match.target
        turned = random.random() < TURNED  # noqa: S311 - no secret
        measure, tried = (OTHER[watched.lane], watched.lane) if turned else (watched.lane, OTHER[watched.lane])
        first = await self._ask(measure, watched, serve) if turned else watched.recording.answer()
        other = await self._ask(tried, watched, serve) if first is not None else None
        if first is None or other is None:
            tally.wrote += 1
            return
        if first.failed and other.failed:
            tally.failed += 1  # two failures that look alike are no evidence that the lanes are
            return
        route = tally.of(target)
        ignore = target.policy("shadow").ignore
        found = [each for each in await self._differences(first, other, ignore) if not route.is_noise(each.path)]
        controls = CONTROLS if found else int(self.draw() < self.control)
        for _ in range(controls):
            again = await self._ask(measure, watched, serve)
            if again is None:
                tally.wrote += 1
                return
            noise = {each.path for each in await self._differences(first, again, ignore)}
            route.control(measure, noise)
            found = [each for each in found if each.path not in noise]
            if not found:
                break
        tally.count(route)
        url = redacted_url(watched.scope["path"], watched.scope["query_string"].decode("latin-1"))
        for path, difference in {each.path: each for each in found}.items():
            if route.confirm(path, url, {measure: difference.one, tried: difference.other}):
                log.warning("shadow: %s %s: the lanes differ at %s", target.method, target.template, path)

    async def _differences(self, one: Answer, other: Answer, ignore: tuple[str, ...]) -> list[Difference]:
        if len(one.body) + len(other.body) <= INLINE or one.body == other.body:
            return differences(one, other, ignore)
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "shadow")
        return await asyncio.get_running_loop().run_in_executor(self._thread, differences, one, other, ignore)

    async def _ask(self, lane: Lane, watched: Watched, serve: Serve) -> Answer | None:
        """The answer of a lane to the request, with nothing written; None when it tried to write. Raises TimeoutError."""
        visit = Visit()
        context: Context = watched.context.copy()
        for mark in self._marks:
            context.run(mark.set, visit)
        serving = played(partial(serve, lane, watched.match), watched.scope, b"".join(watched.body.parts), self.failed_of)
        asking = asyncio.get_running_loop().create_task(serving, context=context)
        async with asyncio.timeout(self.wait):
            answer = await asking
        return None if visit.wrote else answer
