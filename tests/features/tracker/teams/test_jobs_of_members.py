"""What the members of a team have to do comes in one answer; FastAPI's alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import pytest

from argus.features.tracker.teams import service
from argus.kit.clock import now
from argus.models.team import Team
from argus.plugins.generic.model import GenericRun
from tests.counting import Counting
from tests.features.tracker.making import answered, refused
from tests.serving import Server, serving

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="session")
async def server(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[Server]:
    async with serving(tmp_path_factory.mktemp("ours"), "fastapi") as running:
        yield running


async def test_each_member_comes_once_with_recent_runs(server: Server) -> None:
    leader, member = uuid4(), uuid4()
    team = Team(leader=leader).changed(name="T", members=[leader, member, leader])
    await server.store.save(team)
    recent, old = (GenericRun(id=uuid4(), build_id="job", assignee=member, start_time=now() - timedelta(days=days)) for days in (1, 99))
    for run in (recent, old):
        await server.store.save(run)
    async with server.client("bob") as bob:
        found = await answered(bob.get(f"/api/v1/team/{team.id}/jobs"))
        own = await refused(bob.get(f"/api/v1/team/{uuid4()}/jobs"))
    assert found.keys() == {str(leader), str(member)}
    assert found[str(leader)] == []
    assert [job["id"] for job in found[str(member)]] == [str(recent.id)]
    assert own[0] == "TeamManagerException"


async def test_a_team_costs_a_read_for_each_member_and_run_type(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    members = [uuid4() for _ in range(service.AT_ONCE + 1)]
    team = Team(leader=members[0]).changed(name="T", members=members)
    await server.store.save(team)
    counting = Counting(server.store.engine)
    monkeypatch.setattr(server.runtime.store, "engine", counting)
    await service.jobs_of_members(server.runtime, str(team.id))
    runs = [asked for asked in counting.asked if asked.endswith("Run(assignee =)")]
    assert len(runs) == len(members) * len(list(server.runtime.plugins))
    assert len(counting.asked) == len(runs) + 1
