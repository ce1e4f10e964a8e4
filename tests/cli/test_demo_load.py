"""`argus demo load`: the API takes the whole story, and everything has happened when the story says."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from werkzeug.security import check_password_hash

from argus.cli.stores import schema_of
from argus.features.tracker.demo.catalogue import JOBS, PEOPLE, RELEASES
from argus.kit.clock import EPOCH, now
from argus.kit.settings import Settings
from argus.models.activity import ArgusEvent
from argus.models.catalogue import ArgusRelease, ArgusTest
from argus.models.run import RunBase
from argus.models.user import User
from argus.models.view import ArgusUserView
from argus.plugins.driver_matrix.model import DriverTestRun
from argus.plugins.generic.model import GenericRun
from argus.plugins.sct.model import SCTTestRun
from argus.plugins.sirenada.model import SirenadaRun
from argus.storage.open import open_store
from argus.storage.statements import select
from argus.storage.table import Row
from tests.cli.conftest import Argus

R = TypeVar("R", bound=Row)
RUNS: tuple[type[RunBase], ...] = (SCTTestRun, GenericRun, DriverTestRun, SirenadaRun)


def rows(folder: Path, model: type[R]) -> list[R]:
    async def read() -> list[R]:
        store = open_store(f"sqlite:///{folder / 'argus.sqlite'}", *schema_of(Settings()))
        await store.start()
        try:
            return await store.all(select(model))
        finally:
            await store.close()

    return asyncio.run(read())


def test_a_loaded_demo(argus: Argus, tmp_path: Path) -> None:
    result = argus("demo", "load", "--runs", "2")
    assert result.exit_code == 0, result.stderr
    assert "calls played." in result.stderr

    password = result.stdout.splitlines()[-1].removeprefix("password of each: ")
    users = {str(user.username): user for user in rows(tmp_path, User)}
    assert users.keys() == {person.username for person in PEOPLE}
    assert check_password_hash(str(users["dana"].password), password)
    assert "ROLE_ADMIN" in users["dana"].roles

    assert {release.name for release in rows(tmp_path, ArgusRelease)} == set(RELEASES)
    assert {test.build_system_id for test in rows(tmp_path, ArgusTest)} == {job.build_id for job in JOBS}
    assert any(view.tests for view in rows(tmp_path, ArgusUserView))
    for model in RUNS:
        runs = rows(tmp_path, model)
        assert runs, model.__name__
        for run in runs:
            assert run.test_id is not None, "every run found its test"
            assert run.start_time < now() - timedelta(minutes=10), "and began when the story says"
            assert run.end_time == EPOCH or run.start_time < (run.end_time or EPOCH) <= now()
    assert len({event.created_at.date() for event in rows(tmp_path, ArgusEvent) if event.created_at}) > 1, "people did not come all at once"

    again = argus("demo", "load")
    assert again.exit_code == 1
    assert again.stderr.startswith("Error: the database is not empty")
