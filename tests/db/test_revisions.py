"""Revisions: up and down on an empty and on a filled database, on both engines."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

from argus.db import revisions
from argus.db.revisions import OldRevision, current, downgrade, drift, history, in_transaction, need_current, upgrade
from argus.db.tables import metadata
from argus.db.url import VERSIONS, head, revision_of_file


def filled(connection: sa.Connection) -> None:
    """A row in every table that can have one without others; what it holds is made up by its columns' types."""
    for table in metadata().sorted_tables:
        values = {column.name: _any_value(column) for column in table.columns if not column.nullable}
        connection.execute(table.insert().values(values))


def _any_value(column: sa.Column[object]) -> object:
    from argus.db.base import Moment, moment

    if isinstance(column.type, Moment):
        return moment()
    if isinstance(column.type, sa.JSON):
        return {"a": [1]}
    if isinstance(column.type, sa.Boolean):
        return True
    if isinstance(column.type, sa.Integer | sa.Float):
        return 1
    return b"x" if isinstance(column.type, sa.LargeBinary) else "x"


def tables(connection: sa.Connection) -> set[str]:
    return set(sa.inspect(connection).get_table_names()) - {"alembic_version"}


def test_up_twice_and_nothing_differs_from_the_models(url: str) -> None:
    upgrade(url)
    upgrade(url)
    assert current(url) == head()
    assert in_transaction(url, tables) == set(metadata().tables)
    assert drift(url) == []


def test_a_column_that_only_the_models_have_is_found(url: str) -> None:
    upgrade(url)
    in_transaction(url, lambda connection: connection.execute(sa.text("ALTER TABLE event DROP COLUMN actor_label")))
    assert any("actor_label" in str(difference) for difference in drift(url))


def test_down_and_up_again_with_rows_in_every_table(url: str) -> None:
    upgrade(url)
    in_transaction(url, filled)
    downgrade(url, "base")
    assert in_transaction(url, tables) == set()
    upgrade(url)
    assert drift(url) == []


def test_each_revision_goes_up_and_down_by_itself(url: str) -> None:
    for revision, _ in reversed(history()):
        upgrade(url, revision)
        downgrade(url, "-1")
        upgrade(url, revision)
    assert current(url) == head()
    in_transaction(url, filled)
    for _ in history():
        downgrade(url, "-1")
    assert in_transaction(url, tables) == set()


def test_two_that_upgrade_at_once_take_turns(url: str) -> None:
    problems: list[BaseException] = []

    def up() -> None:
        try:
            upgrade(url)
        except BaseException as problem:
            problems.append(problem)

    racers = [threading.Thread(target=up) for _ in range(3)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert problems == []
    assert current(url) == head()


def test_a_server_is_told_the_command_where_the_revision_is_an_old_one(url: str) -> None:
    with pytest.raises(OldRevision, match="argus db upgrade head"):
        need_current(url)
    upgrade(url)
    need_current(url)


def test_the_head_is_known_without_loading_anything(tmp_path: Path) -> None:
    assert head() == history()[0][0]
    file = tmp_path / "platform.sqlite"
    assert revision_of_file(file) is None
    upgrade(f"sqlite+aiosqlite:///{file}")
    assert revision_of_file(file) == head()


def test_file_names_begin_with_their_revision_so_that_the_folder_shows_the_line() -> None:
    line = [revision for revision, _ in reversed(history())]
    names = sorted(path.name for path in VERSIONS.glob("*.py") if path.name != "__init__.py")
    assert [name.split("_")[0] for name in names] == line


def test_the_next_revision_has_the_next_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert int(revisions._next_id()) == int(head()) + 1
