"""The threads that talk to SQLite: several readers, and one writer that commits in groups.

Jobs come through a queue and answers go back in batches, one wake-up of the event loop a batch: a future for every job through an executor
costs several times as much.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

from argus.storage.errors import NoHostAvailable, OperationTimedOut, Overloaded
from argus.storage.sqlite.failures import translated

T = TypeVar("T")
Job = Callable[[sqlite3.Connection], Any] | tuple[str, Sequence[Any]]  # the second: one SQL statement and its parameters
Task = tuple["asyncio.Future[Any]", float, Job]
Answer = tuple["asyncio.Future[Any]", Any, BaseException | None]

GROUP = 512  # jobs of one commit, or of one batch of answers
PATIENCE = 0.001  # seconds; a reader's answers wait no longer for company
STEPS = 10_000  # virtual-machine steps of SQLite between two looks at the clock


class Pool(Generic[T]):
    """Threads fed by one queue, bounded: what would wait behind too much is refused at once."""

    def __init__(self, name: str, connect: Callable[[], sqlite3.Connection], threads: int, bound: int, timeout: float) -> None:
        self._queue: SimpleQueue[Task | None] = SimpleQueue()
        self._connect = connect
        self._bound = bound
        self._timeout = timeout
        self._waiting = 0
        self._loop = asyncio.get_running_loop()
        self._threads = [threading.Thread(target=self._run, name=f"{name}-{n}", daemon=True) for n in range(threads)]
        self._running = threads
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._open = True
        for thread in self._threads:
            thread.start()

    async def run(self, job: Job, seconds: float | None = None) -> T:
        """Have a thread run a job with its connection.

        Raises:
            Overloaded: too many jobs wait already.
            OperationTimedOut: it did not end in time.
        """
        if self._waiting >= self._bound:
            raise Overloaded(f"{self._waiting} statements wait already")
        if not self._open:
            raise NoHostAvailable("the store is closed")
        future: asyncio.Future[T] = self._loop.create_future()
        self._waiting += 1
        self._queue.put((future, time.monotonic() + (seconds or self._timeout), job))
        try:
            return await future
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        """Let the threads end what they were given, then end them."""
        self._open = False
        for _ in self._threads:
            self._queue.put(None)
        await self._ended  # they say so themselves: at the interpreter's end no helper thread can be had to wait for them

    def _end(self) -> None:
        self._running -= 1
        if not self._running:
            self._ended.set_result(None)

    def _run(self) -> None:
        try:
            self._serve()
        finally:
            self._loop.call_soon_threadsafe(self._end)

    def _serve(self) -> None:
        db: sqlite3.Connection | None = None
        last = False
        while not last and (task := self._queue.get()) is not None:
            try:
                db = db or self._connect()
            except sqlite3.Error as error:  # the next task tries again
                answers: list[Answer] = [(task[0], None, translated(error))]
            else:
                answers, last = self._work(db, task)
            self._loop.call_soon_threadsafe(_deliver, answers)
        if db is not None:
            db.close()

    def _work(self, db: sqlite3.Connection, task: Task) -> tuple[list[Answer], bool]:
        """Run a task and others that wait already; gives the answers, and whether the end was among them."""
        raise NotImplementedError


def _deliver(answers: list[Answer]) -> None:
    for future, value, error in answers:
        if not future.done():  # its caller may have gone away
            if error is None:
                future.set_result(value)
            else:
                future.set_exception(error)


class Readers(Pool[T]):
    """Every thread has a connection of its own; readers never wait for the writer (WAL)."""

    def _work(self, db: sqlite3.Connection, task: Task) -> tuple[list[Answer], bool]:
        answers: list[Answer] = []
        until = time.monotonic() + PATIENCE
        while True:
            answers.append(_answer(db, task))
            if len(answers) >= GROUP or time.monotonic() > until:
                return answers, False
            try:
                following = self._queue.get_nowait()
            except Empty:
                return answers, False
            if following is None:
                return answers, True
            task = following


def _answer(db: sqlite3.Connection, task: Task) -> Answer:
    future, deadline, job = task
    try:
        _guard_time(db, deadline)
        return future, db.execute(*job).fetchall() if isinstance(job, tuple) else job(db), None
    except BaseException as error:
        return future, None, translated(error)


def _guard_time(db: sqlite3.Connection, deadline: float) -> None:
    """Interrupt what the connection does next when the deadline has passed."""
    if time.monotonic() > deadline:
        raise OperationTimedOut("the statement waited too long")
    db.set_progress_handler(lambda: time.monotonic() > deadline, STEPS)


class Writer(Pool[T]):
    """One thread; what waits together is committed together and answered after the commit."""

    def _work(self, db: sqlite3.Connection, task: Task) -> tuple[list[Answer], bool]:
        tasks: list[Task] = [task]
        last = False
        try:
            while len(tasks) < GROUP:
                following = self._queue.get_nowait()
                if following is None:
                    last = True
                    break
                tasks.append(following)
        except Empty:
            pass  # nothing more waits
        return _group(db, tasks), last


def _group(db: sqlite3.Connection, tasks: list[Task]) -> list[Answer]:
    """Run tasks in one transaction. A task that fails undoes itself alone."""
    answers: list[Answer] = []
    try:
        db.execute("BEGIN IMMEDIATE")
        for task in tasks:
            answers.append(_undoing(db, task))
            if not db.in_transaction:  # SQLite gave up the whole transaction: disk full, I/O error
                raise answers[-1][2] or NoHostAvailable("the database gave up the transaction")
        db.execute("COMMIT")
    except BaseException as error:
        if db.in_transaction:
            db.execute("ROLLBACK")
        failure = translated(error)
        return [(future, None, failure) for future, _, _ in tasks]
    return answers


def _undoing(db: sqlite3.Connection, task: Task) -> Answer:
    future, deadline, job = task
    if time.monotonic() > deadline:
        return future, None, OperationTimedOut("the statement waited too long; nothing was written")
    if isinstance(job, tuple):  # a single SQL statement is atomic by itself
        try:
            db.execute(*job)
        except sqlite3.Error as error:
            return future, None, translated(error)
        return future, None, None
    db.execute("SAVEPOINT statement")
    try:
        value = job(db)
    except BaseException as error:
        if db.in_transaction:
            db.execute("ROLLBACK TO statement")
            db.execute("RELEASE statement")
        return future, None, translated(error)
    db.execute("RELEASE statement")
    return future, value, None
