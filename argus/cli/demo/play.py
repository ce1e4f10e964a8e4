"""Plays a story: each call through the application, in this process, with the clock set to its time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import httpx

from argus.auth.session import SessionCodec
from argus.cli import accounts
from argus.cli.accounts import Account
from argus.cli.demo.generate import generate
from argus.cli.demo.story import REFERENCE, Call, Issue, Person, Story
from argus.cli.stores import open_configured
from argus.cli.terminal import Failure, progress
from argus.kit import clock
from argus.kit.settings import Settings, load_settings
from argus.models.catalogue import ArgusRelease
from argus.models.enums import UserRoles
from argus.models.issue import GithubIssue, IssueLabel
from argus.storage.statements import select
from argus.storage.store import Store
from argus.web.fastapi_app import create_fastapi_app
from argus.web.worker import Worker

JOBS_AT_ONCE = 8


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
            Failure: the API refused it.
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
            raise Failure(f"{call.path}: {answer.status_code} {error.get('exception', '')} {error.get('message', answer.text[:200])}")
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


async def load_demo(seed: int, runs: int, password: str) -> Story:
    """Generate a story that ends now and play it.

    Raises:
        Failure: the database already holds releases, or a call was refused.
    """
    settings = load_settings(EMAIL_ENABLED=False, GITHUB_ENABLED=False, JIRA_ENABLED=False, JOBS_ENABLED=False)
    story = generate(seed, clock.now(), runs)
    async with open_configured() as store:
        if await store.first(select(ArgusRelease, "id")) is not None:
            raise Failure("the database is not empty: demo data goes into one of its own (argus --storage sqlite:///demo.sqlite demo load)")
        tokens, known = await _make_people(store, story.people, password)
        await _make_issues(store, story.issues)
    await _play(settings, story, tokens, known)
    return story


async def _make_people(store: Store, people: Sequence[Person], password: str) -> tuple[dict[str, str], dict[str, str]]:
    from argus.features.tracker.auth.service import new_api_token

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
    if taken := await accounts.clashes(store, wanted):
        raise Failure("; ".join(f"{t.username}: {t.reason}" for t in taken))
    users = await accounts.add(store, wanted)
    return {str(u.username): str(u.api_token) for u in users}, {f"user:{u.username}": str(u.id) for u in users}


async def _make_issues(store: Store, issues: Sequence[Issue]) -> None:
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


async def _play(settings: Settings, story: Story, tokens: dict[str, str], known: dict[str, str]) -> None:
    worker = Worker(settings)
    app = create_fastapi_app(settings, worker.open, worker.close, SessionCodec(settings.SECRET_KEY))
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://demo") as http:
        with progress() as bar:
            task = bar.add_task("Playing", total=story.calls)
            player = Player(http, tokens, known, lambda: bar.advance(task))
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
