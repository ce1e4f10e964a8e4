"""A server a lane and engine for all cases; a mail server and a Jenkins that do as a test says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.cases.neighbours import Jenkins, Mailbox, running_jenkins, running_mailbox
from tests.cases.tracker import Tracker
from tests.cassandra_fixture import cassandra_or_skip
from tests.process import server

MARKS = {"sqlite": (), "cassandra": (pytest.mark.cassandra, pytest.mark.timeout(600))}
"""The first test of a Cassandra makes all tables, which takes a busy machine minutes."""
PLACES = [
    pytest.param((lane, engine), id=f"{lane}-{engine}", marks=MARKS[engine])
    for engine in ("sqlite", "cassandra")
    for lane in ("flask", "fastapi")
]


@pytest.fixture(scope="session")
def everybodys_mailbox() -> Iterator[Mailbox]:
    with running_mailbox() as box:
        yield box


@pytest.fixture(scope="session")
def everybodys_jenkins() -> Iterator[Jenkins]:
    with running_jenkins() as jenkins:
        yield jenkins


@pytest.fixture
def mailbox(everybodys_mailbox: Mailbox) -> Mailbox:
    """The mail server that the tracker sends to; empty, and it takes everything."""
    everybodys_mailbox.mails.clear()
    everybodys_mailbox.refusal = None
    return everybodys_mailbox


@pytest.fixture
def jenkins(everybodys_jenkins: Jenkins) -> Jenkins:
    """The Jenkins that the tracker asks; answers 404 until a test says otherwise."""
    everybodys_jenkins.forget()
    return everybodys_jenkins


@pytest.fixture(scope="session", params=PLACES)
def tracker(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    everybodys_mailbox: Mailbox,
    everybodys_jenkins: Jenkins,
) -> Iterator[Tracker]:
    """A running server; a test makes releases and runs of its own on it."""
    lane, engine = request.param
    folder: Path = tmp_path_factory.mktemp(f"{lane}-{engine}")
    settings = {"ARGUS_EMAIL_SERVER_PORT": str(everybodys_mailbox.port), "ARGUS_JENKINS_URL": everybodys_jenkins.url}
    with ExitStack() as stack:
        storage = f"sqlite:///{folder}/argus.sqlite"
        if engine == "cassandra":
            node = cassandra_or_skip()
            main, tablets = stack.enter_context(node.keyspaces())
            storage = f"cql://{node.host}:{node.port}/{main}"
            settings["ARGUS_SCYLLA_TABLETS_KEYSPACE_NAME"] = tablets
        url = stack.enter_context(server(lane, storage, folder, **settings))
        with Tracker(url) as tracker:
            yield tracker
