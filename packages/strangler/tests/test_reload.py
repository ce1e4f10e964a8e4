"""Edits of the registry while it serves."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from strangler import edit, reload
from strangler.fastapi_lane import endpoints
from strangler.registry import Registry
from strangler.reload import LiveTable
from strangler.table import Table, compile_table
from support.gateways import make_gateway
from support.pair import REGISTRY, make_fastapi, make_flask

FASTAPI = REGISTRY.replace("  runs: # the runs\n    owner: flask", "  runs: # the runs\n    owner: fastapi")


def _compile(registry: Registry) -> Table:
    return compile_table(registry, make_flask().url_map, endpoints(make_fastapi()))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "registry.yaml"
    path.write_text(REGISTRY)
    return path


@pytest.fixture
def live(file: Path) -> Iterator[LiveTable]:
    found = LiveTable(file, _compile)
    found.watch()
    yield found
    found.stop()


def _owner(live: LiveTable) -> str:
    match = live.table.lookup("GET", "/runs/abc")
    assert match is not None
    return match.target.lane


def _until(true: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.01)


def _write(file: Path, text: str) -> None:
    file.write_text(text)


def _rename(file: Path, text: str) -> None:
    edit.write(file, text)


def _relink(file: Path, text: str) -> None:
    """As a mounted config map changes: the name is a link to another directory's file."""
    data = file.parent / f"data{time.monotonic_ns()}"
    data.mkdir()
    (data / file.name).write_text(text)
    link = file.parent / "next"
    link.symlink_to(data / file.name)
    link.replace(file)


@pytest.mark.parametrize("change", [_write, _rename, _relink])
def test_an_edit_serves_within_a_second(live: LiveTable, file: Path, change: Callable[[Path, str], None]) -> None:
    assert _owner(live) == "flask"
    before = live.table
    change(file, FASTAPI)
    _until(lambda: _owner(live) == "fastapi")
    assert live.table is not before
    assert before.lookup("GET", "/runs/abc").target.lane == "flask"  # type: ignore[union-attr]  # whoever began on it finishes on it
    change(file, REGISTRY)
    _until(lambda: _owner(live) == "flask")


def _same_size_and_time(file: Path, text: str) -> None:
    """As `rsync --inplace --times`, a restored backup, or a share with whole seconds."""
    before = file.stat()
    with file.open("r+") as writing:
        writing.write(text)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_an_edit_of_equal_size_and_time_serves(live: LiveTable, file: Path) -> None:
    other = REGISTRY.replace("since: 2026-01-31", "since: 2026-01-30")
    assert len(other) == len(REGISTRY)
    _same_size_and_time(file, other)
    _until(lambda: str(live.registry.blueprints["files"].since) == "2026-01-30", 3)


def test_an_edit_that_no_stat_shows_serves(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LiveTable, "_look", lambda self: (1, 1, 1, 1, 1))
    live = LiveTable(file, _compile)
    live.watch()
    try:
        file.write_text(FASTAPI)
        _until(lambda: _owner(live) == "fastapi", 3)
    finally:
        live.stop()


def test_a_read_that_failed_is_tried_again(live: LiveTable, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened, failing = os.open, [True]

    def flaky(path: Any, *options: Any) -> int:
        if failing[0] and path == file:
            raise OSError(5, "Input/output error")
        return opened(path, *options)

    monkeypatch.setattr("strangler.registry.os.open", flaky)
    file.write_text(FASTAPI)
    _until(lambda: live.refusal is not None and "Input/output error" in live.refusal.reason, 3)
    failing[0] = False
    _until(lambda: _owner(live) == "fastapi", 3)
    assert live.refusal is None


def test_a_bad_edit_is_refused_and_the_last_good_table_serves(live: LiveTable, file: Path, caplog: pytest.LogCaptureFixture) -> None:
    before = live.table
    file.write_text(REGISTRY.replace("owner: fastapi", "owner: django"))
    _until(lambda: live.refusal is not None)
    assert live.table is before
    assert live.state()["refused"]["line"] == 12
    assert "line 12" in caplog.text
    file.write_text(FASTAPI)
    _until(lambda: live.refusal is None)
    assert _owner(live) == "fastapi"


def test_a_route_that_no_longer_exists_or_is_listed_no_longer_is_refused(file: Path) -> None:
    strict = REGISTRY.replace("unlisted: flask", "unlisted: none")
    file.write_text(strict)
    live = LiveTable(file, _compile)
    file.write_text("".join(line for line in strict.splitlines(keepends=True) if "/stream" not in line))
    assert live.load() is False
    assert live.refusal is not None
    assert "GET /stream exists but is not listed" in live.refusal.reason
    file.write_text(strict.replace("/stream", "/flow"))
    assert live.load() is False
    file.write_text(strict)
    assert live.load() is True
    assert live.refusal is None


def test_no_line_prefix_ever_serves(file: Path) -> None:
    live = LiveTable(file, _compile)
    before = live.table
    lines = REGISTRY.splitlines(keepends=True)
    for count in range(len(lines)):
        file.write_text("".join(lines[:count]))
        assert live.load() is False
        assert live.table is before
    file.write_text("")
    assert live.load() is False


def test_a_file_written_slowly_is_read_once_it_is_whole(live: LiveTable, file: Path) -> None:
    before = live.table
    with file.open("w") as writing:
        for line in FASTAPI.splitlines(keepends=True):
            writing.write(line)
            writing.flush()
            time.sleep(0.03)
            assert live.table is before or line.startswith("unlisted")
    _until(lambda: _owner(live) == "fastapi")
    assert live.refusal is None


def test_a_missing_file_changes_nothing(live: LiveTable, file: Path) -> None:
    before = live.table
    file.unlink()
    time.sleep(0.5)
    assert live.table is before
    file.write_text(FASTAPI)
    _until(lambda: _owner(live) == "fastapi")


def test_lookups_go_on_while_tables_are_swapped(live: LiveTable, file: Path) -> None:
    failed: list[object] = []
    ended = threading.Event()

    def look() -> None:
        while not ended.is_set():
            if live.table.lookup("GET", "/runs/abc") is None:
                failed.append("lost")

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for number in range(6):
        file.write_text(FASTAPI if number % 2 == 0 else REGISTRY)
        live.load()
    ended.set()
    for thread in threads:
        thread.join()
    assert not failed


def test_a_gateway_does_not_start_on_a_bad_registry(file: Path) -> None:
    file.write_text("version: 1\n")
    with pytest.raises(Exception, match="blueprints"):
        make_gateway(source=file)


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def _directory(file: Path) -> None:
    file.unlink()
    file.mkdir()


def _fifo(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def _device(file: Path) -> None:
    file.unlink()
    file.symlink_to("/dev/zero")


def _huge(file: Path) -> None:
    with file.open("ab") as growing:
        growing.truncate(50_000_000_000)


def _itself(file: Path) -> None:
    file.write_text("a: &a [*a]\nunlisted: flask\n")


def _bomb(file: Path) -> None:
    file.write_text(f"version: 1\n{BOMB}unlisted: flask\n")


def _nested(file: Path) -> None:
    file.write_text("[" * 100_000)


@pytest.mark.parametrize("change", [_directory, _fifo, _device, _huge, _itself, _bomb, _nested])
def test_whatever_stands_in_the_place_of_the_file_is_refused_and_the_next_good_edit_serves(
    live: LiveTable, file: Path, change: Callable[[Path], None]
) -> None:
    change(file)
    _until(lambda: live.refusal is not None, 10.0)
    assert _owner(live) == "flask"
    assert live.stuck() is None
    if file.is_dir() and not file.is_symlink():
        file.rmdir()
    else:
        file.unlink()
    file.write_text(FASTAPI)
    _until(lambda: _owner(live) == "fastapi", 3.0)


def test_a_file_that_is_gone_is_told_of_and_that_it_is_back(live: LiveTable, file: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    file.unlink()
    _until(lambda: bool(live.state()["file_gone"]))
    _until(lambda: "is gone, table" in caplog.text)
    file.write_text(FASTAPI)
    _until(lambda: _owner(live) == "fastapi")
    _until(lambda: "is back" in caplog.text)
    assert live.state()["file_gone"] is False


def test_a_watch_that_does_not_come_back_is_told_of_once(
    live: LiveTable, file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(reload, "STUCK_FOR", 0.5)
    let_go = threading.Event()
    monkeypatch.setattr(live, "_look", lambda: let_go.wait(20) and None)  # a file system that does not answer
    _until(lambda: live.stuck() is not None)
    live.stuck()
    assert caplog.text.count("has been stuck") == 1
    assert live.state()["stuck_for"] >= 0.5
    let_go.set()
    _until(lambda: live.stuck() is None)
