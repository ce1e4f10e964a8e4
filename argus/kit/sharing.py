"""Equal work that is asked for by several together is done once.

What is under way when its twin is asked for may have begun before something that the twin's caller knows to be written, so its outcome is
not for the twin. The twin waits until it has ended; then the work is begun once for all who have come meanwhile. So it never begins before
its caller came, nothing is remembered from one moment to the next, and a caller alone waits for nobody: only for the end of the loop's
round, since requests that arrived together are taken up in one.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Awaitable, Callable, Hashable
from contextvars import Context, copy_context
from typing import Any, Generic, TypeVar

from argus.kit import deadline

T = TypeVar("T")
Work = Callable[[], Awaitable[T]]

ROUNDS = 16  # of the loop, at most, in which work waits for company


class _Turn(Generic[T]):
    """Work that is to be done, those who came before it began, and those who came since: it is not for them."""

    __slots__ = ("begun", "context", "joined", "waiting")

    def __init__(self, joined: list[asyncio.Future[T]]) -> None:
        self.begun = False
        self.joined = joined
        self.waiting: list[asyncio.Future[T]] = []
        self.context: Context | None = None

    def wait(self) -> asyncio.Future[T]:
        those = self.waiting if self.begun else self.joined
        if not those or self.context is None:
            self.context = copy_context()  # whatever else the work looks for there, it finds that of whoever waited first
        waiter: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        those.append(waiter)
        return waiter


class Sharing(Generic[T]):
    """The shared work of one event loop."""

    def __init__(self, own: Callable[[T], T] | None = None) -> None:
        """`own` makes of an outcome one for each further caller, who may change it."""
        self._own = own or _as_it_is
        self._turns: dict[Hashable, _Turn[T]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def idle(self) -> bool:
        """Whether nothing is under way."""
        return not self._turns

    def do(self, key: Hashable, work: Work[T]) -> Awaitable[T]:
        """The outcome of some work, to be awaited at once; all that has an equal key is equal. What ends one caller (a deadline, a
        cancellation) ends no other.

        Raises:
            TypeError: the key has no hash. Nothing has begun.
        """
        turn = self._turns.get(key)
        return self._first(key, work) if turn is None else turn.wait()

    def begin(self, key: Hashable, work: Work[T]) -> asyncio.Future[T]:
        """As `do`, but it is under way before it is awaited. Who wants it no more has to `leave` it.

        Raises:
            TypeError: the key has no hash. Nothing has begun.
        """
        turn = self._turns.get(key)
        if turn is not None:
            return turn.wait()
        turn = _Turn[T]([])
        waiter = turn.wait()
        self._begin(key, turn, work)
        return waiter

    async def _first(self, key: Hashable, work: Work[T]) -> T:
        turn = self._turns[key] = _Turn[T]([])
        try:
            await _company(turn)
            turn.begun = True
            outcome = await work()
            self._tell(turn.joined, outcome)
            return outcome
        finally:
            turn.waiting[:0] = turn.joined  # what ended this caller is no outcome for the others
            self._next(key, turn, work)

    def _next(self, key: Hashable, ended: _Turn[T], work: Work[T]) -> None:
        """The turn of those who have got nothing and have not left."""
        waiting = [waiter for waiter in ended.waiting if not waiter.done()]
        if not waiting:
            del self._turns[key]
            return
        turn = _Turn(waiting)
        turn.context = ended.context
        self._begin(key, turn, work)

    def _begin(self, key: Hashable, turn: _Turn[T], work: Work[T]) -> None:
        self._turns[key] = turn
        assert turn.context is not None
        turn.context.run(deadline.current.set, None)  # each waits no longer than his own; the work belongs to all
        task = asyncio.get_running_loop().create_task(self._for_all(key, turn, work), context=turn.context)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _for_all(self, key: Hashable, turn: _Turn[T], work: Work[T]) -> None:
        try:
            await _company(turn)
            turn.begun = True
            outcome = await work()
        except BaseException as error:
            _fail(turn.joined, error)
            if not isinstance(error, Exception):
                raise
        else:
            first = next((waiter for waiter in turn.joined if not waiter.done()), None)
            if first is not None:
                first.set_result(outcome)
            self._tell(turn.joined, outcome)
        finally:
            turn.joined = []  # an error leads here by its traceback, and they to the error
            self._next(key, turn, work)

    def _tell(self, waiting: list[asyncio.Future[T]], outcome: T) -> None:
        """An outcome of his own to each who waits."""
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(self._own(outcome))


def leave(waiter: asyncio.Future[Any]) -> None:
    """Want no more what was begun, however it ended."""
    if not waiter.cancel() and not waiter.cancelled():
        waiter.exception()  # it is told to nobody else


async def _company(turn: _Turn[Any]) -> None:
    """Let those come who are about to: one round of the loop, and the next as long as each brings somebody."""
    for _ in range(ROUNDS):
        came = len(turn.joined)
        await asyncio.sleep(0)
        if len(turn.joined) == came:
            return


def _fail(waiting: list[asyncio.Future[Any]], error: BaseException) -> None:
    """An error of his own to each who waits; what is no error but an end ends them."""
    for waiter in waiting:
        if waiter.done():
            continue
        if isinstance(error, Exception):
            waiter.set_exception(_again(error))
        else:
            waiter.cancel()


def _again(error: Exception) -> Exception:
    """The same error for one more caller: a traceback grows where it is raised, so each raises one of his own. Where it comes from is told
    as its cause. What cannot be copied is raised by all."""
    try:
        again = copy.copy(error)
    except Exception:
        return error
    if (again.args, str(again)) != (error.args, str(error)):  # it is made of something else than it tells
        return error
    again.__cause__ = error
    return again


def _as_it_is(outcome: T) -> T:
    return outcome
