"""What each job does, and that it harms nothing else."""

from __future__ import annotations

import os
import time
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest

from argus.domain.pictures import store_picture
from argus.features.tracker.stats import snapshots
from argus.jobs import housekeeping, remotes, runs
from argus.kit import clock
from argus.models.catalogue import ArgusRelease
from argus.models.snapshot import ReleaseStatsSnapshot
from argus.models.user import User, UserOauthToken, WebFileStorage
from argus.storage.statements import delete, select
from tests.features.tracker.making import make
from tests.serving import Server, settings_for

pytestmark = pytest.mark.anyio

DAY = 24 * 3600


def aged(path: str | None) -> Path:
    """A file that has been there for two days."""
    assert path
    os.utime(path, (time.time() - 2 * DAY,) * 2)
    return Path(path)


async def test_pictures_that_nobody_has_go_with_their_files(server: Server) -> None:
    store, owner = server.store, User(username="ann")
    kept, unused, fresh = [await store_picture(server.runtime, owner, "x.png", b"png") for _ in range(3)]
    files = {p: (await store.get(WebFileStorage, id=p)).filepath for p in (kept, unused, fresh)}
    await store.save(User(username=f"ann-{uuid4()}", picture_id=kept))
    orphan = server.runtime.settings.STORAGE_DIR / "profile_pictures" / "profile_x_orphan"
    orphan.write_bytes(b"png")
    for path in (files[kept], files[unused], str(orphan)):
        aged(path)
    told = await housekeeping.clean(server.runtime)
    assert told
    assert {p for p in files if await store.find(WebFileStorage, id=p)} == {kept, fresh}, "what is new may belong to an upload that goes on"
    assert [p for p in (kept, unused, fresh) if Path(files[p] or "").exists()] == [kept, fresh]
    assert not orphan.exists()


async def test_sign_on_tokens_go_with_their_account(server: Server) -> None:
    store, user = server.store, User(username=f"ben-{uuid4()}")
    await store.save(user)
    kept, gone = UserOauthToken(user_id=user.id, token="a"), UserOauthToken(user_id=uuid4(), token="b")
    for token in (kept, gone):
        await store.save(token)
    await housekeeping.clean(server.runtime)
    assert await store.find(UserOauthToken, id=kept.id)
    assert await store.find(UserOauthToken, id=gone.id) is None
    await store.write(delete(UserOauthToken).where(id=kept.id))


async def test_abandoned_computations_go_and_stored_statistics_stay(server: Server) -> None:
    store, release = server.store, ArgusRelease(name=f"r-{uuid4()}")
    await store.save(release)
    await snapshots.lay_ticket(store, release.id, "v=::")
    with clock.at(clock.now().replace(year=2020)):
        await snapshots.lay_ticket(store, release.id, "old")
        await store.save(ReleaseStatsSnapshot(release_id=release.id, filter_key="v=::img=", payload="{}", generated_at=clock.now()))
    await housekeeping.clean(server.runtime)
    left = [row.filter_key.split("::ticket")[0] for row in await store.all(select(ReleaseStatsSnapshot).where(release_id=release.id))]
    assert sorted(left) == ["v=::", "v=::img="]


async def test_a_second_round_finds_nothing(server: Server) -> None:
    await housekeeping.clean(server.runtime)
    assert await housekeeping.clean(server.runtime) is None


async def test_statistics_of_large_releases_are_there_before_anybody_asks(
    server: Server, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    large, small = await make(client), await make(client)
    for made, tests in ((large, "ab"), (small, "a")):
        for test in tests:
            await made.new_test(test)
    monkeypatch.setattr(runs, "LARGE", 2)
    await runs.compute_statistics(server.runtime)
    counts = [len(await server.store.all(select(ReleaseStatsSnapshot).where(release_id=UUID(made.id)))) for made in (large, small)]
    assert counts == [1, 0]


async def test_one_remote_that_fails_does_not_keep_the_other_from_being_asked(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def fails(_: object) -> int:
        asked.append("github")
        raise RuntimeError("down")

    async def works(_: object) -> int:
        asked.append("jira")
        return 3

    monkeypatch.setattr(remotes, "refresh_github", fails)
    monkeypatch.setattr(remotes, "refresh_jira", works)
    settings = settings_for(server.runtime.settings.DATA_DIR, GITHUB_ENABLED=True, GITHUB_ACCESS_TOKEN="t", JIRA_ENABLED=True)
    monkeypatch.setattr(server.runtime, "settings", settings)
    with pytest.raises(RuntimeError, match="down"):
        await remotes.refresh_issues(server.runtime)
    assert asked == ["github", "jira"]
