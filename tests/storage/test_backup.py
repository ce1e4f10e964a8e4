"""A backup is one moment of the database, verified; what is refused leaves everything as it was."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from argus.storage.sqlite.backup import InUse, NotABackup, back_up, restore, verify


def database(path: Path, values: range = range(3)) -> Path:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("CREATE TABLE written (writer INTEGER, number INTEGER, PRIMARY KEY (writer, number))")
        db.executemany("INSERT INTO written VALUES (0, ?)", [(value,) for value in values])
    return path


def rows(path: Path) -> list[tuple[int, int]]:
    with closing(sqlite3.connect(path)) as db:
        return list(db.execute("SELECT writer, number FROM written ORDER BY writer, number"))


class Writers:
    """Threads that write 0, 1, 2 … each, and tell what was acknowledged."""

    def __init__(self, path: Path, count: int) -> None:
        self._path, self._stop = path, threading.Event()
        self.acknowledged = [-1] * (count + 1)
        self._threads = [threading.Thread(target=self._write, args=(writer,)) for writer in range(1, count + 1)]

    def __enter__(self) -> Writers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _write(self, writer: int) -> None:
        with closing(sqlite3.connect(self._path, isolation_level=None, timeout=30)) as db:
            db.execute("PRAGMA synchronous = OFF")  # no power fails here
            while not self._stop.is_set():
                number = self.acknowledged[writer] + 1
                db.execute("INSERT INTO written VALUES (?, ?)", (writer, number))
                self.acknowledged[writer] = number


def test_a_backup_under_load_is_a_prefix_of_every_writers_history_with_all_that_was_acknowledged_before(tmp_path: Path) -> None:
    source = database(tmp_path / "argus.sqlite", range(20_000))
    with Writers(source, 3) as writers:
        for turn in range(3):
            while min(writers.acknowledged[1:]) < 20 * (turn + 1):
                pass
            before = list(writers.acknowledged)
            copied = back_up(source, tmp_path / f"copy-{turn}")
            after = list(writers.acknowledged)
            kept = rows(tmp_path / f"copy-{turn}")
            assert copied.rows == len(kept)
            for writer in (1, 2, 3):
                numbers = [number for who, number in kept if who == writer]
                assert numbers == list(range(len(numbers))), "a prefix: what came later is never there without what came before"
                assert before[writer] < len(numbers) <= after[writer] + 2
        assert sum(writers.acknowledged) > sum(before), "writers went on meanwhile"


def test_a_backup_is_one_file_that_only_its_maker_may_read(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    back_up(database(tmp_path / "argus.sqlite"), copy)
    assert copy.stat().st_mode & 0o777 == 0o600
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith((".", "copy"))) == ["copy"]


def test_a_backup_never_replaces_a_file(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.write_text("somebody's")
    with pytest.raises(FileExistsError):
        back_up(database(tmp_path / "argus.sqlite"), copy)
    assert copy.read_text() == "somebody's"


def damage(path: Path) -> Path:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(path.read_bytes())
    content[-4096:-3096] = b"\xff" * 1000
    path.write_bytes(content)
    return path


def contradict(path: Path) -> Path:
    """Change a number in the table and not in its index, which whoever counts rows does not see."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole, row = path.read_bytes(), b"\x03\x08\x02"  # the head of a record: a zero, and a number of two bytes
    assert whole.count(row + (4000).to_bytes(2)) == 1
    path.write_bytes(whole.replace(row + (4000).to_bytes(2), row + (9000).to_bytes(2)))
    return path


@pytest.mark.parametrize("spoil", [damage, contradict])
def test_a_damaged_database_gives_no_backup(tmp_path: Path, spoil: Callable[[Path], Path]) -> None:
    source = spoil(database(tmp_path / "argus.sqlite", range(5000)))
    with pytest.raises(NotABackup):
        back_up(source, tmp_path / "copy")
    assert [p.name for p in tmp_path.iterdir() if "copy" in p.name] == []


def test_restored_rows_are_those_of_the_backup_and_the_earlier_database_is_kept(tmp_path: Path) -> None:
    source, copy = database(tmp_path / "argus.sqlite"), tmp_path / "copy"
    back_up(source, copy)
    with closing(sqlite3.connect(source, isolation_level=None)) as db:
        db.execute("DELETE FROM written")
    _, kept = restore(copy, source)
    assert rows(source) == [(0, 0), (0, 1), (0, 2)]
    assert kept is not None
    assert rows(kept) == []
    back_up(source, tmp_path / "second")
    assert restore(tmp_path / "second", source)[1] != kept, "nothing that was kept is overwritten"


def test_nothing_is_restored_under_a_server(tmp_path: Path) -> None:
    source, copy = database(tmp_path / "argus.sqlite"), tmp_path / "copy"
    back_up(source, copy)
    with closing(sqlite3.connect(source, isolation_level=None)) as serving:
        serving.execute("INSERT INTO written VALUES (9, 9)")
        with pytest.raises(InUse):
            restore(copy, source)
        assert (9, 9) in rows(source)


def test_what_is_no_backup_is_not_restored(tmp_path: Path) -> None:
    source = database(tmp_path / "argus.sqlite")
    (tmp_path / "text").write_text("no database" * 1000)
    with pytest.raises(NotABackup):
        restore(tmp_path / "text", source)
    broken = damage(database(tmp_path / "broken", range(5000)))
    with pytest.raises(NotABackup):
        restore(broken, source)
    assert rows(source) == [(0, 0), (0, 1), (0, 2)]


def test_a_damaged_database_is_replaced(tmp_path: Path) -> None:
    source, copy = database(tmp_path / "argus.sqlite"), tmp_path / "copy"
    back_up(source, copy)
    source.write_bytes(b"\0" * 8192)
    restore(copy, source)
    assert verify(source).rows == 3
