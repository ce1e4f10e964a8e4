"""Plays a story: each call through the application, in this process, with the clock set to its time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import httpx
from starlette.types import ASGIApp

from argus.domain.new_accounts import Account, clashes, save
from argus.features.tracker.auth.service import new_api_token
from argus.features.tracker.demo.story import REFERENCE, Call, Issue, Person, Story
from argus.kit import clock
from argus.models.catalogue import ArgusRelease
from argus.models.enums import UserRoles
from argus.models.issue import GithubIssue, IssueLabel
from argus.storage.statements import select
from argus.storage.store import Store

JOBS_AT_ONCE = 8
QUIET = {"EMAIL_ENABLED": False, "GITHUB_ENABLED": False, "JIRA_ENABLED": False, "JOBS_ENABLED": False}
"""Settings with which nobody hears of a story that is played."""


class Unplayable(Exception):
    """A story cannot be played; the text is for people."""


class NotEmpty(Unplayable):
    """The database holds releases already."""


class Player:
    """Posts calls and remembers the ids that they make."""

    def __init__(self, http: httpx.AsyncClient, tokens: dict[str, str], known: dict[str, str], advance: Callable[[], None]) -> None:
        self.http = http
        self.tokens = tokens
        self.known = known
        self.advance = advance

    async def post(self, call: Call) -> None:
        """One call, at its time.

        Raises:
            Unplayable: the API refused it.
        """
        with clock.at(call.at):
            answer = await self.http.post(
                self._filled(call.path),
                json=self._filled(call.body),
                headers={"Authorization": f"token {self.tokens[call.actor]}"},
            )
        payload = answer.json() if answer.headers.get("content-type") == "application/json" else {}
        response = payload.get("response")
        error: dict[str, Any] = response if isinstance(response, dict) else {}
        if payload.get("status") != "ok" and error.get("exception") != (call.may_fail or ""):
            raise Unplayable(f"{call.path}: {answer.status_code} {error.get('exception', '')} {error.get('message', answer.text[:200])}")
        for name, place in call.save.items():
            found: Any = payload["response"]
            for key in place.split("."):
                found = found[key]
            self.known[name] = found
        self.advance()

    async def play(self, calls: Sequence[Call]) -> None:
        for call in calls:
            await self.post(call)

    def _filled(self, value: Any) -> Any:
        if isinstance(value, str):
            return REFERENCE.sub(lambda match: self.known[match[1]], value)
        if isinstance(value, dict):
            return {self._filled(key): self._filled(item) for key, item in value.items()}
        return [self._filled(item) for item in value] if isinstance(value, list | tuple) else value


async def need_empty(store: Store) -> None:
    """Raise NotEmpty if the database holds releases already."""
    if await store.first(select(ArgusRelease, "id")) is not None:
        raise NotEmpty("the database is not empty: demo data goes into one of its own")


async def begin(store: Store, story: Story, password: str, hashed: str) -> tuple[dict[str, str], dict[str, str]]:
    """Make the people of a story and the issues that it speaks of.

    Args:
        hashed: the password that all of them get, as it is kept.

    Returns:
        The API token of each person, and the ids that calls refer to.

    Raises:
        NotEmpty: the database holds releases already.
        Unplayable: it holds somebody of that name or address.
    """
    await need_empty(store)
    made = await make_people(store, story.people, password, hashed)
    await make_issues(store, story.issues)
    return made


async def make_people(store: Store, people: Sequence[Person], password: str, hashed: str) -> tuple[dict[str, str], dict[str, str]]:
    """API tokens by name, and ids as `user:<name>`.

    Raises:
        Unplayable: a name or an address is taken.
    """
    wanted = [
        Account(
            username=person.username,
            full_name=person.full_name,
            email=f"{person.username}@example.com",
            password=password,
            token=new_api_token(person.username),
            roles=[UserRoles.User, *map(UserRoles, person.roles)],
        )
        for person in people
    ]
    if taken := await clashes(store, wanted):
        raise Unplayable("; ".join(f"{t.username}: {t.reason}" for t in taken))
    users = await save(store, wanted, [hashed] * len(wanted))
    return {str(u.username): str(u.api_token) for u in users}, {f"user:{u.username}": str(u.id) for u in users}


async def make_issues(store: Store, issues: Sequence[Issue]) -> None:
    """Issues as they were once read from GitHub, which the demo never asks."""
    for issue in issues:
        labels = [IssueLabel(id=i, name=name, color=color) for i, (name, color) in enumerate(issue.labels)]
        await store.save(
            GithubIssue(
                type="issues",
                owner="scylladb",
                repo=issue.repo,
                number=issue.number,
                state=issue.state,
                title=issue.title,
                labels=labels,
                url=issue.url,
            )
        )


async def perform(app: ASGIApp, story: Story, tokens: dict[str, str], known: dict[str, str], advance: Callable[[], None]) -> None:
    """Play everything, jobs beside each other.

    Args:
        app: whoever answers the calls; it should send no mail and ask nobody.
        advance: called after each call.

    Raises:
        Unplayable: a call was refused.
    """
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://demo") as http:
        player = Player(http, tokens, known, advance)
        await player.play(story.setup)
        await _play_together(player, story.jobs)
        await player.play(story.triage)


async def _play_together(player: Player, jobs: Sequence[Sequence[Call]]) -> None:
    slots = asyncio.Semaphore(JOBS_AT_ONCE)

    async def job(calls: Sequence[Call]) -> None:
        async with slots:
            await player.play(calls)

    try:
        async with asyncio.TaskGroup() as group:
            for calls in jobs:
                group.create_task(job(calls))
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
