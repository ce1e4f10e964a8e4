"""Teams (docs/contract/teams.md). Only a team's leader may change it, whatever roles others have; the leader stays the same for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from argus.features.tracker.users.service import jobs
from argus.kit.errors import TeamManagerException
from argus.kit.parse import need, uuid_of
from argus.models.team import Team
from argus.models.user import User
from argus.runtime import Runtime
from argus.storage.statements import delete, select, update

AT_ONCE = 4  # members whose runs are read


async def create(runtime: Runtime, body: Mapping[str, Any]) -> Team:
    """Create a team for any leader, who comes first among the members. Users are not looked up.

    Raises:
        KeyError: `name`, `leader` or `members` is missing.
        ValueError: a malformed id.
    """
    name, leader, members = need(body, "name"), need(body, "leader"), need(body, "members")
    team = Team(leader=uuid_of(leader)).changed(name=name)
    team = team.changed(members=[team.leader, *(uuid_of(member) for member in members)])
    await runtime.store.save(team)
    return team


async def get(runtime: Runtime, team_id: str) -> Team:
    """One team.

    Raises:
        ValueError, TeamManagerException: there is no such team.
    """
    wanted = uuid_of(team_id)
    team = await runtime.store.find(Team, id=wanted)
    if team is None:
        raise TeamManagerException(f"Team {wanted} does not exist", wanted)
    return team


async def edit(runtime: Runtime, caller: User, body: Mapping[str, Any]) -> Team:
    """Replace name and members; the leader is put first when left out.

    Raises:
        KeyError: `id`, `name` or `members` is missing.
        ValueError, TeamManagerException: there is no such team, or the caller does not lead it.
    """
    team_id, name, members = need(body, "id"), need(body, "name"), need(body, "members")
    team = await _led(runtime, caller, team_id, 'Cannot edit team "{}" as it doesn\'t belong to the user.')
    wanted = [uuid_of(member) for member in members]
    if team.leader is not None and team.leader not in wanted:
        wanted.insert(0, team.leader)
    await runtime.store.write(update(Team, id=team.id).set(name=name, members=wanted).if_exists())
    return team.changed(name=name, members=wanted)


async def edit_motd(runtime: Runtime, caller: User, body: Mapping[str, Any]) -> None:
    """Replace the message of the day; null clears it.

    Raises:
        KeyError: `id` or `motd` is missing.
        ValueError, TeamManagerException: there is no such team, or the caller does not lead it.
    """
    team_id, motd = need(body, "id"), need(body, "motd")
    team = await _led(runtime, caller, team_id, "Cannot edit team \"{}\"'s MOTD as it doesn't belong to the user.")
    await runtime.store.write(update(Team, id=team.id).set(motd=motd).if_exists())


async def remove(runtime: Runtime, caller: User, team_id: str) -> None:
    """Delete a team.

    Raises:
        ValueError, TeamManagerException: there is no such team, or the caller does not lead it.
    """
    team = await _led(runtime, caller, team_id, 'Cannot delete team "{}" as it doesn\'t belong to the user.')
    await runtime.store.write(delete(Team).where(id=team.id))


async def of_leader(runtime: Runtime, user_id: str) -> list[Team]:
    """Teams that a user leads; none for nobody.

    Raises:
        ValueError: malformed id.
    """
    return await runtime.store.all(select(Team).where(leader=uuid_of(user_id)))


async def of_user(runtime: Runtime, user_id: str) -> list[Team]:
    """Teams that a user leads, then all others. Reads the table: an installation has tens of teams.

    Raises:
        ValueError: malformed id.
    """
    led, every = await asyncio.gather(of_leader(runtime, user_id), runtime.store.all(select(Team)))
    own = {team.id for team in led}
    return [*led, *(team for team in every if team.id not in own)]


async def jobs_of(runtime: Runtime, user_id: str) -> list[dict[str, Any]]:
    """Recent runs that are assigned to a user.

    Raises:
        ValueError, DocumentNotFound: there is no such user.
    """
    user = await runtime.store.get(User, "id", id=uuid_of(user_id))
    return await jobs(runtime, user.id)


async def jobs_of_members(runtime: Runtime, team_id: str) -> dict[str, list[dict[str, Any]]]:
    """Recent runs of every member of a team, some members at a time: a read for each and each run type, as no index leads to several.

    Raises:
        ValueError, TeamManagerException: there is no such team.
    """
    members = list(dict.fromkeys((await get(runtime, team_id)).members))
    gate = asyncio.Semaphore(AT_ONCE)

    async def of(member: UUID) -> list[dict[str, Any]]:
        async with gate:
            return await jobs(runtime, member)

    return dict(zip(map(str, members), await asyncio.gather(*map(of, members)), strict=True))


async def _led(runtime: Runtime, caller: User, team_id: str, refusal: str) -> Team:
    wanted = uuid_of(team_id)
    team = await runtime.store.find(Team, id=wanted)
    if team is None:
        raise TeamManagerException(f"Team {wanted} doesn't exist!", wanted)
    if team.leader != caller.id:
        raise TeamManagerException(refusal.format(team.name))
    return team
