"""Every client of another system, with every way in which that system can fail, over real sockets: it ends in the client's own error."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
import pytest

from argus.features.tracker.auth import github as sign_on
from argus.integrations import access_keys, chat, github, jenkins, jira, outbound, s3, zeus
from argus.integrations import remote as layer
from argus.integrations.access_keys import AccessKeys
from argus.integrations.remote import Remote, RemoteError, ask
from argus.integrations.s3_links import S3Object
from argus.kit import deadline
from argus.kit.deadline import Deadline
from argus.kit.errors import JiraServiceException, TestRunServiceException, UserServiceException
from argus.kit.held import holds_a_thread
from argus.runtime import Runtime
from tests.domain.opened import opened
from tests.peers.failures import BROKEN, NONSENSE, REFUSALS, head_of
from tests.peers.sockets import Talk, client_of

pytestmark = pytest.mark.anyio

PATIENCE = 0.4  # seconds that the caller of a remote has
FAILURES: dict[str, Talk] = {**BROKEN, **REFUSALS, **NONSENSE}
WELL_FORMED = frozenset({*REFUSALS, *NONSENSE})
SECRETS = ("s3cr3t", "hub-token")


async def every(of: AsyncIterator[Any]) -> list[Any]:
    return [each async for each in of]


@dataclass(frozen=True)
class Client:
    """How a remote is asked, by which error that may end, and which failures are answers to it.

    Args:
        quiet: failures of which it makes nothing, as its users want.
    """

    asks: Callable[[Runtime], Awaitable[Any]]
    errors: tuple[type[Exception], ...]
    bears: frozenset[str] = frozenset()
    quiet: bool = False


OBJECT = S3Object("logs", "k")
ISSUE = github.IssueAddress("o", "r", "issues", 1)
OBJECTS = frozenset({"an object of other things"})
CLIENTS: dict[str, Client] = {
    "GitHub: an issue": Client(lambda r: github.fetch_issue(r, ISSUE), (github.GithubError,)),
    "GitHub: what changed": Client(lambda r: every(github.updated_issues(r, "o", "r", datetime(2026, 1, 1))), (github.GithubError,)),
    "GitHub: a file": Client(lambda r: github.file_status(r, "o", "r", "p", "b"), (github.GithubError,), WELL_FORMED),
    "Jira: an issue": Client(lambda r: jira.fetch_issue(r, "A-1"), (JiraServiceException,)),
    "Jira: what changed": Client(lambda r: every(jira.updated_issues(r, datetime(2026, 1, 1))), (JiraServiceException,)),
    "Jenkins: a job": Client(lambda r: jenkins.Jenkins(r).job_info("a/b"), (jenkins.JenkinsException,)),
    "Jenkins: all jobs": Client(lambda r: jenkins.Jenkins(r).jobs(), (jenkins.JenkinsException,)),
    "Jenkins: a configuration": Client(lambda r: jenkins.Jenkins(r).job_config("a"), (jenkins.JenkinsException,)),
    "Jenkins: a build": Client(lambda r: jenkins.Jenkins(r).build_job("a", {"x": "y"}), (jenkins.JenkinsException,)),
    "Jenkins: parameters": Client(lambda r: jenkins.Jenkins(r).build_parameters("a", 1), (jenkins.JenkinsException,)),
    "the model": Client(lambda r: chat.complete(r, "s", "u"), (chat.ChatError,)),
    "S3: a size": Client(
        lambda r: s3.size_of(r, OBJECT, "l"), (TestRunServiceException,), frozenset(NONSENSE) | {"an endless body", "a slow body"}
    ),
    "S3: a beginning": Client(lambda r: s3.first_bytes(r, OBJECT), (TestRunServiceException,), frozenset(NONSENSE) | {"an endless body"}),
    "S3: a list": Client(lambda r: every(s3.keys_below(r, "logs", "p/")), (TestRunServiceException,)),
    "Zeus": Client(
        lambda r: zeus.relay(r, "GET", "a", "", [], b"", None),
        (RemoteError,),
        WELL_FORMED | {"a circle of redirects", "a redirect elsewhere"},
    ),
    "a sign-on": Client(lambda r: sign_on._fetch(r, "code"), (UserServiceException, RemoteError)),
    "the keys of Cloudflare": Client(lambda r: AccessKeys(r, "team.example").get("k"), (), frozenset(FAILURES), quiet=True),
    "a picture": Client(lambda r: outbound.read_at_most(r, "https://avatars.example/7", 1 << 20), (), frozenset(FAILURES), quiet=True),
    "a link of a run": Client(
        lambda r: outbound.head_public(r, "http://8.8.8.8/x"),
        (RemoteError,),
        WELL_FORMED | {"a circle of redirects", "a redirect elsewhere", "a cut body", "an endless body", "a slow body"},
    ),
}


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(layer, "BACKOFF_SECONDS", 0.001)
    monkeypatch.setattr(access_keys, "FETCH_SECONDS", PATIENCE)
    token = deadline.current.set(Deadline(3600))
    yield
    deadline.current.reset(token)


@pytest.fixture
async def runtime() -> AsyncIterator[Runtime]:
    async with opened() as made:
        for key, value in {
            "GITHUB_ACCESS_TOKEN": "hub-token", "JIRA_SERVER": "https://jira.example", "JIRA_EMAIL": "a@b", "JIRA_TOKEN": "s3cr3t",
            "JENKINS_URL": "https://ci.example", "JENKINS_USER": "ci", "JENKINS_API_TOKEN": "s3cr3t", "OPENAI_API_KEY": "s3cr3t",
            "OPENAI_BASE_URL": "https://model.example", "ZEUS_HOST": "zeus.example", "ZEUS_TOKEN": "s3cr3t", "GITHUB_CLIENT_ID": "app",
            "GITHUB_CLIENT_SECRET": "s3cr3t", "AWS_CLIENT_ID": "id", "AWS_CLIENT_SECRET": "s3cr3t", "S3_ALLOWED_BUCKETS": ["logs"],
        }.items():  # fmt: skip
            setattr(made.settings, key, value)
        yield made


async def tried(runtime: Runtime, client: Client, talk: Talk) -> Any:
    """What asking ends with: an answer, or the client's own error. Any other error fails the test. It ends in time."""
    real = runtime.http
    async with client_of(talk) as used:
        runtime.http = used
        token = deadline.current.set(Deadline(PATIENCE))
        began = time.monotonic()
        try:
            return await client.asks(runtime)
        except client.errors as error:
            return error
        finally:
            deadline.current.reset(token)
            runtime.http = real
            layer._known.pop(used, None)
            assert time.monotonic() - began < 10 * PATIENCE


@pytest.mark.parametrize("name", CLIENTS)
async def test_every_client_names_what_goes_wrong(runtime: Runtime, name: str) -> None:
    client = CLIENTS[name]
    ended = {failure: await tried(runtime, client, talk) for failure, talk in FAILURES.items()}
    errors = {failure: str(end) for failure, end in ended.items() if isinstance(end, Exception)}
    assert not set(FAILURES) - errors.keys() - client.bears, "these passed for answers"
    assert all(errors.values()), "an error has words"
    assert not [text for text in errors.values() if any(secret in text for secret in SECRETS)]
    if client.quiet:
        assert {failure for failure, end in ended.items() if end is not None} <= NONSENSE.keys()


# -- what one failure must not do to others ----------------------------------------------------------------------------------------------


async def test_a_server_that_knows_no_ranges_is_read_no_further_than_needed(runtime: Runtime) -> None:
    sent = 0

    async def whole(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await head_of(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
        for _ in range(1024):
            writer.write(b"a" * (1 << 20))
            await writer.drain()
            sent += 1 << 20

    async with client_of(whole) as http:
        runtime.http, real = http, runtime.http
        assert await s3.first_bytes(runtime, OBJECT) == b"a" * s3.SNIFFED
        assert await s3.size_of(runtime, OBJECT, "l") == 1 << 30
        runtime.http = real
    assert sent < 64 << 20


@pytest.mark.parametrize("remote", [s3.BUCKETS, outbound.PLACES, zeus.ZEUS, outbound.PICTURES])
async def test_a_place_that_one_caller_names_shuts_nobody_out(runtime: Runtime, remote: Remote) -> None:
    async def asked(talk: Talk, path: str) -> str:
        async with client_of(talk) as http:
            runtime.http = http
            for _ in range(layer.FAILURES):
                try:
                    await ask(runtime, remote, "GET", f"https://evil.example/{path}")
                except RemoteError:
                    continue
            assert not await layer.is_resting(runtime, remote.name)
            assert layer.standing_of(runtime, remote).blocked_until == 0.0
            return path

    real = runtime.http
    for name in ("a cut connection", "429", "503"):
        await asked(FAILURES[name], "x")
    runtime.http = real


async def test_no_cookie_of_one_answer_goes_with_another_request(runtime: Runtime) -> None:
    heads: list[bytes] = []

    async def cookies(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await head_of(reader))
        writer.write(b"HTTP/1.1 200 OK\r\nSet-Cookie: who=ann; Path=/\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
        await writer.drain()

    from tests.peers.sockets import listening

    async with listening(cookies) as port:
        for _ in range(2):
            assert (await ask(runtime, Remote("Hub"), "GET", f"http://127.0.0.1:{port}/")).status_code == 200
    assert [b"cookie" in head.lower() for head in heads] == [False, False]


async def test_a_crumb_goes_back_with_its_session(runtime: Runtime) -> None:
    heads: list[bytes] = []

    async def crumbs(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await head_of(reader))
        body = b'{"crumbRequestField": "Jenkins-Crumb", "crumb": "c"}'
        writer.write(b"HTTP/1.1 200 OK\r\nSet-Cookie: JSESSIONID=1\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)
        await writer.drain()

    real = runtime.http
    async with client_of(crumbs) as http:
        runtime.http = http
        http.cookies = httpx.Cookies()
        await jenkins.Jenkins(runtime).job_info("a")
        runtime.http = real
    assert b"jenkins-crumb: c" in heads[1].lower()
    assert b"cookie: jsessionid=1" in heads[1].lower()


def test_every_module_that_asks_others_does_it_through_the_layer() -> None:
    """A request beside the layer would have no bound, no place and no standing."""
    import ast
    from pathlib import Path

    import argus

    root = Path(argus.__file__).parent
    direct = {
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
        and node.attr in {"get", "post", "put", "delete", "head", "request", "stream", "send"}
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "http"
        and isinstance(node.value.value, ast.Name)
        and node.value.value.id == "runtime"
    }
    assert direct == {"integrations/remote.py"}


async def test_half_of_the_threads_at_most_wait_for_others(runtime: Runtime) -> None:
    runtime.settings.FLASK_THREADS = 8
    real = runtime.http
    async with client_of(FAILURES["silence"]) as runtime.http:
        token = holds_a_thread.set(True)
        callers = [asyncio.create_task(ask(runtime, Remote(f"Hub {n}", seconds=0.5), "GET", "https://hub.example/")) for n in range(10)]
        holds_a_thread.reset(token)
        callers.append(asyncio.create_task(ask(runtime, Remote("Hub", seconds=0.5), "GET", "https://hub.example/")))
        ended = [str(end) for end in await asyncio.gather(*callers, return_exceptions=True)]
        runtime.http = real
    assert ended[:4] == [f"Hub {n} does not answer in 0 s" for n in range(4)]
    assert ended[4:10] == ["too many requests wait for other systems already"] * 6
    assert ended[10] == "Hub does not answer in 0 s", "who holds no thread is not counted"
