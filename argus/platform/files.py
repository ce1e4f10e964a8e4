"""The file store: objects by the SHA-256 of what they hold, and who holds them (docs/platform.md#files-events-hub).

An upload is hashed and measured while it comes, checked, and only then becomes an object by a rename. What nobody refers to is removed
after a day. Names that callers give are never part of a path.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeVar

from prometheus_client import Counter

from argus.kit.pools import Pool, Purpose
from argus.platform.drafts import Draft, Drafts, is_older
from argus.platform.errors import StorageFull, TooLarge, Unavailable
from argus.runtime import Runtime

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

_T = TypeVar("_T")

OBJECTS = Purpose("objects", 4, 500)
"""Reading and writing objects of the file store."""
PIECE = 1 << 20  # bytes
ORPHANED_AFTER = 24 * 3600  # seconds

BYTES = Counter("argus_files_bytes_total", "Bytes of the file store", ["op"])


class ObjectMissing(Exception):
    """There is no object of that hash."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of an upload."""

    sha256: str
    byte_size: int
    head: bytes
    """Its first bytes, to tell its type."""


class FileStore:
    """Objects in a folder: `ab/cd/<sha256>`. Everything that touches the disk runs in threads of their own."""

    HEAD = 8192
    FAILURES: tuple[type[Exception], ...] = (OSError,)

    def __init__(self, root: Path, pool: Pool) -> None:
        self.root = root
        self._pool = pool
        self._drafts = Drafts(root / "drafts")

    def path_of(self, sha256: str) -> Path:
        return self.root / sha256[:2] / sha256[2:4] / sha256

    async def put(self, stream: AsyncIterator[bytes], *, limit: int, check: Callable[[Path], Awaitable[None]] | None = None) -> Stored:
        """Keep what comes.

        Args:
            limit: bytes.
            check: looks at the whole file before it becomes an object; what it raises leaves nothing behind.

        Raises:
            TooLarge: more than `limit` came.
            StorageFull, Unavailable: the disk; where it is away, before anything is read.
        """
        draft = await self._run(self._begin)
        try:
            try:
                size, digest, head = await self._receive(draft, stream, limit)
            finally:
                await self._run(draft.file.close)
            if check is not None:
                await check(draft.path)
            await self._run(self._keep, draft.path, digest)
            return Stored(digest, size, head)
        finally:
            await self._run(draft.remove)

    async def _receive(self, draft: Draft, stream: AsyncIterator[bytes], limit: int) -> tuple[int, str, bytes]:
        size, head = 0, b""
        waiting = bytearray()
        async for piece in stream:
            size += len(piece)
            if size > limit:
                raise TooLarge("file_too_large", f"The file has more than {limit} bytes", limit=limit)
            if len(head) < self.HEAD:
                head = (head + piece)[: self.HEAD]
            waiting += piece
            if len(waiting) >= PIECE:
                await self._run(draft.write, bytes(waiting))
                waiting.clear()
        await self._run(draft.end, bytes(waiting))
        BYTES.labels("written").inc(size)
        return size, draft.hash.hexdigest(), head

    async def read(self, sha256: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes of an object.

        Args:
            end: exclusive; None for all.

        Raises:
            ObjectMissing
        """
        file = await self._run(self._open, sha256, start)
        left = None if end is None else end - start
        try:
            while left is None or left > 0:
                piece = await self._run(file.read, PIECE if left is None else min(PIECE, left))
                if not piece:
                    return
                left = None if left is None else left - len(piece)
                BYTES.labels("read").inc(len(piece))
                yield piece
        finally:
            await self._run(file.close)

    @asynccontextmanager
    async def copied(self, sha256: str, between: Callable[[], Awaitable[None]]) -> AsyncIterator[Path]:
        """The bytes of an object as a file of this host, for a program that reads one; it is gone afterwards.

        Args:
            between: called after each piece; what it raises ends it.

        Raises:
            ObjectMissing
        """
        copy = await self._run(self._drafts.begin)
        try:
            async for piece in self.read(sha256):
                await self._run(copy.file.write, piece)  # nobody asks for its hash
                await between()
            await self._run(copy.file.close)
            yield copy.path
        finally:
            await self._run(copy.remove)

    async def size(self, sha256: str) -> int:
        """Bytes of an object.

        Raises:
            ObjectMissing
        """
        return await self._run(self._size, sha256)

    async def hold(self, session: AsyncSession, sha256: str, owner_kind: str, owner_id: str) -> None:
        """Refer to an object, as part of the transaction of what refers to it.

        Raises:
            ObjectMissing: it has gone meanwhile.
        """
        from argus.platform.file_refs import hold

        await hold(session, sha256, await self.size(sha256), owner_kind, owner_id)

    async def release(self, session: AsyncSession, owner_kind: str, owner_id: str) -> None:
        """Refer to it no more; an object that nobody refers to is removed later."""
        from argus.platform.file_refs import release

        await release(session, owner_kind, owner_id)

    async def remove(self, sha256: str, unused: Callable[[], Awaitable[bool]]) -> bool:
        """Remove an object that has stood for a day, if nobody refers to it."""
        if not await self._run(self._is_orphaned, sha256) or not await unused():
            return False
        return await self._run(self._unlink, sha256)

    async def orphans(self) -> list[str]:
        """Objects that have stood for a day, whoever refers to them."""
        return await self._run(self._old_objects)

    async def sweep_drafts(self) -> int:
        """Remove what processes that died left behind of uploads and copies."""
        return await self._run(self._drafts.sweep)

    async def usage(self) -> tuple[int, int]:
        """How many objects there are, and their bytes."""
        return await self._run(self._usage)

    async def check(self) -> None:
        """Whether files can be kept.

        Raises:
            Unavailable
        """
        await self._run(self._check)

    async def _run(self, function: Callable[..., _T], *arguments: object) -> _T:
        try:
            return await self._pool.run(function, *arguments)
        except self.FAILURES as error:
            if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise StorageFull("storage_full", "There is no room left for files") from error
            if isinstance(error, FileNotFoundError | BlockingIOError):
                raise
            raise Unavailable("storage_unavailable", "The file store does not answer", retry_after=5) from error

    def _begin(self) -> Draft:
        """Nothing is read of an upload while the store is away: this fails first."""
        return self._drafts.begin()

    def _keep(self, draft: Path, sha256: str) -> None:
        path = self.path_of(sha256)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._turn():
            os.utime(draft)
            draft.replace(path)  # also over one of the same content: it is young again, so it is not collected
        if sys.platform != "win32":
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def _open(self, sha256: str, start: int) -> IO[bytes]:
        try:
            file = self.path_of(sha256).open("rb")
        except FileNotFoundError:
            raise ObjectMissing(sha256) from None
        file.seek(start)
        return file

    def _size(self, sha256: str) -> int:
        try:
            return self.path_of(sha256).stat().st_size
        except FileNotFoundError:
            raise ObjectMissing(sha256) from None

    def _check(self) -> None:
        """The folder, or what is to become its parent, can be written to."""
        there = next(folder for folder in (self.root, *self.root.absolute().parents) if folder.exists())
        if not os.access(there, os.W_OK | os.X_OK):
            raise PermissionError(there)

    def _is_orphaned(self, sha256: str) -> bool:
        """Whether an object has stood for so long that it may go."""
        return is_older(self.path_of(sha256), ORPHANED_AFTER)

    def _unlink(self, sha256: str) -> bool:
        path = self.path_of(sha256)
        with self._turn():
            if not is_older(path, ORPHANED_AFTER):  # it was put again meanwhile
                return False
            path.unlink(missing_ok=True)
        return True

    def _old_objects(self) -> list[str]:
        return [path.name for path in self._objects() if is_older(path, ORPHANED_AFTER)]

    def _objects(self) -> Iterator[Path]:
        return (path for path in self.root.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*") if len(path.name) == 64)

    def _usage(self) -> tuple[int, int]:
        sizes = [path.stat().st_size for path in self._objects()]
        return len(sizes), sum(sizes)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Of those who put and those who remove, one at a time, also among processes of this host."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / "lock").open("a") as lock:
            if sys.platform != "win32":
                import fcntl

                fcntl.flock(lock, fcntl.LOCK_EX)
            yield


class _Store:
    """The store of a worker."""

    def __init__(self) -> None:
        self.made: FileStore | None = None


def file_store(runtime: Runtime) -> FileStore:
    """The file store that the settings name: a folder, or a bucket of S3."""
    kept, settings = runtime.own(_Store), runtime.settings
    if kept.made is None:
        root, pool = settings.FILE_STORE_ROOT, runtime.pools.of(OBJECTS)
        if settings.FILE_STORE:
            from argus.platform.s3_files import S3FileStore

            kept.made = S3FileStore(root, pool, settings)
        else:
            kept.made = FileStore(root, pool)
    return kept.made
