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
from typing import Any, Generic, TypeVar, cast

from argus.kit import deadline
from argus.storage.errors import NoHostAvailable, OperationTimedOut, Overloaded
from argus.storage.sqlite.failures import translated
from argus.storage.sqlite.file import DatabaseFile

T = TypeVar("T")
Job = Callable[[sqlite3.Connection], Any] | tuple[str, Sequence[Any]]  # the second: one SQL statement and its parameters

GROUP = 512  # jobs of one commit, or of one batch of answers
GATHER_SECONDS = 0.001  # seconds; a reader's answers wait no longer for company
STEPS = 10_000  # virtual-machine steps of SQLite between two looks at the clock


class Task(asyncio.Future[Any]):
    """A job on its way to a thread and back: what its caller awaits.

    A caller who is cancelled takes the job back, and it never happens. Once its commit has begun that is too late: then the caller goes on
    waiting for the outcome, which is a matter of milliseconds.
    """

    def __init__(self, job: Job, until: float, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop=loop)
        self.job = job
        self.until = until
        self._settled = threading.Lock()  # by whoever takes it first: the thread that commits, or the caller who leaves
        self._claimed = False

    def cancel(self, msg: Any | None = None) -> bool:
        return self._settled.acquire(blocking=False) and super().cancel(msg)

    def claim(self) -> bool:
        """Called by the thread, before it commits: False when the caller has taken the job back."""
        self._claimed = self._claimed or self._settled.acquire(blocking=False)
        return self._claimed


Answer = tuple[Task, Any, BaseException | None]


class Pool(Generic[T]):
    """Threads fed by one queue, bounded: what would wait behind too much is refused at once."""

    def __init__(self, name: str, file: DatabaseFile, threads: int, bound: int, timeout: float) -> None:
        self._queue: SimpleQueue[Task | None] = SimpleQueue()
        self._file = file
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

        Args:
            seconds: how long it may take, instead of the pool's own limit; never longer than the request has left.

        Raises:
            Overloaded: too many jobs wait already.
            OperationTimedOut: it did not end in time; nothing of it happened.
        """
        if self._waiting >= self._bound:
            raise Overloaded(f"{self._waiting} statements wait already")
        if not self._open:
            raise NoHostAvailable("the store is closed")
        allowed = min(seconds or self._timeout, deadline.left())
        if allowed <= 0:
            raise OperationTimedOut("the request has no time left")
        task = Task(job, time.monotonic() + allowed, self._loop)
        self._waiting += 1
        self._queue.put(task)
        try:
            return cast(T, await task)
        except asyncio.CancelledError:
            if task.cancelled() or not deadline.passed():
                raise
            return cast(T, task.result())  # the deadline came during the commit: what was done is told as done

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
                db = db or self._file.connect()
            except (sqlite3.Error, NoHostAvailable) as error:  # the next task tries again
                answers: list[Answer] = [(task, None, translated(error))]
            else:
                answers, last = self._work(db, task)
            self._loop.call_soon_threadsafe(self._deliver, answers)
        if db is not None:
            db.close()

    def _work(self, db: sqlite3.Connection, task: Task) -> tuple[list[Answer], bool]:
        """Run a task and others that wait already; gives the answers, and whether the end was among them."""
        raise NotImplementedError

    def _deliver(self, answers: list[Answer]) -> None:
        self._waiting -= len(answers)  # those that were taken back had a place until now
        for task, value, error in answers:
            if not task.done():  # its caller may have gone away
                if error is None:
                    task.set_result(value)
                else:
                    task.set_exception(error)


class Readers(Pool[T]):
    """Every thread has a connection of its own; readers never wait for the writer (WAL)."""

    def _work(self, db: sqlite3.Connection, task: Task) -> tuple[list[Answer], bool]:
        answers: list[Answer] = []
        until = time.monotonic() + GATHER_SECONDS
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
    if task.done():  # its caller has left
        return task, None, None
    try:
        _guard_time(db, task)
        return task, db.execute(*task.job).fetchall() if isinstance(task.job, tuple) else task.job(db), None
    except BaseException as error:
        return task, None, translated(error)


def _guard_time(db: sqlite3.Connection, task: Task) -> None:
    """Interrupt what the connection does next when the time is over or nobody waits for it any more."""
    if time.monotonic() > task.until:
        raise OperationTimedOut("the statement waited too long")
    db.set_progress_handler(lambda: time.monotonic() > task.until or task.done(), STEPS)


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
        return self._group(db, tasks), last

    def _group(self, db: sqlite3.Connection, tasks: list[Task]) -> list[Answer]:
        """Run tasks in one transaction. One that fails undoes itself alone; one whose caller has left does not happen."""
        gone: list[Answer] = []
        while True:
            wanted: list[Task] = []
            for task in tasks:
                if task.done():
                    gone.append((task, None, None))
                else:
                    wanted.append(task)
            answers = self._attempt(db, wanted) if wanted else []
            if answers is not None:
                return answers + gone
            tasks = wanted

    def _attempt(self, db: sqlite3.Connection, tasks: list[Task]) -> list[Answer] | None:
        """The answers; None when a caller left before the commit, so that nothing was written and the others have to be run again."""
        answers: list[Answer] = []
        try:
            self._file.verify()
            db.execute("BEGIN IMMEDIATE")
            for task in tasks:
                answers.append(_undoing(db, task))
                if not db.in_transaction:  # SQLite gave up the whole transaction: disk full, I/O error
                    raise answers[-1][2] or NoHostAvailable("the database gave up the transaction")
            if not all(task.claim() for task, _, error in answers if error is None):
                db.execute("ROLLBACK")
                return None
            db.execute("COMMIT")
        except BaseException as error:
            if db.in_transaction:
                db.execute("ROLLBACK")
            failure = translated(error)
            return [(task, None, failure) for task in tasks]
        return answers


def _undoing(db: sqlite3.Connection, task: Task) -> Answer:
    if time.monotonic() > task.until:
        return task, None, OperationTimedOut("the statement waited too long; nothing was written")
    job = task.job
    if isinstance(job, tuple):  # a single SQL statement is atomic by itself
        try:
            db.execute(*job)
        except sqlite3.Error as error:
            return task, None, translated(error)
        return task, None, None
    db.execute("SAVEPOINT statement")
    try:
        value = job(db)
    except BaseException as error:
        if db.in_transaction:
            db.execute("ROLLBACK TO statement")
            db.execute("RELEASE statement")
        return task, None, translated(error)
    db.execute("RELEASE statement")
    return task, value, None
