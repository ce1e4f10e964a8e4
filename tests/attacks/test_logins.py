"""Strangers who guess: passwords, and tokens of a single sign-on whose key server is silent."""

from __future__ import annotations

import socket
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest

from tests.attacks.harness import SECONDS, Target, attacked, withstands

pytestmark = [pytest.mark.attacks, pytest.mark.timeout(300)]

PAUSE = 0.2  # seconds between two guesses of a connection: what is to be shown is what a guess costs others, not what a flood does
LONGEST_LOGIN = 5.0  # seconds, of somebody who knows the password


def guess(target: Target) -> None:
    with target.client() as stranger:
        while not target.over():
            form = {"username": f"nobody-{uuid.uuid4()}", "password": "guess"}
            assert stranger.post("/auth/login", data=form).status_code in (302, 429, 503)
            time.sleep(PAUSE)


def test_wrong_passwords_on_many_connections(target: Target) -> None:
    withstands(target, guess, callers=20)
    with target.client("bob") as by_token:
        began = time.monotonic()
        assert by_token.get("/api/v1/releases").json()["status"] == "ok"
        assert time.monotonic() - began < 1


@pytest.fixture(params=["flask", "fastapi"])
def unlimited(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Target]:
    """A server whose limits are far away, as behind a proxy that limits: hashing alone must starve nobody."""
    limits = ("ARGUS_LOGIN_FAILURES_PER_ACCOUNT", "ARGUS_LOGIN_FAILURES_PER_ADDRESS")
    with attacked(request.param, tmp_path, **dict.fromkeys(limits, "1000000 per minute")) as running:
        yield running


def test_hashing_without_end_starves_nobody(unlimited: Target) -> None:
    withstands(unlimited, guess, callers=20)


@pytest.fixture(params=["flask", "fastapi"])
def with_silent_keys(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Target]:
    """A server whose single sign-on publishes its keys where nobody answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=1000) as silent:
        domain = f"127.0.0.1:{silent.getsockname()[1]}"
        settings = {
            "ARGUS_CLOUDFLARE_ACCESS_TEAM_DOMAIN": domain,
            "ARGUS_CLOUDFLARE_ACCESS_AUD": "argus",
            "ARGUS_LOGIN_FAILURES_PER_ADDRESS": "1000000 per minute",
        }
        with attacked(request.param, tmp_path, **settings) as running:
            yield running


def test_tokens_of_unknown_keys_while_the_key_server_is_silent(with_silent_keys: Target) -> None:
    def bogus(target: Target) -> None:
        with target.client() as stranger:
            while not target.over():
                token = jwt.encode({"email": "a@scylladb.com"}, "k" * 32, headers={"kid": str(uuid.uuid4())})
                answer = stranger.post("/auth/login/cf", headers={"Cf-Access-Jwt-Assertion": token})
                assert answer.status_code in (302, 429)
                time.sleep(PAUSE)

    withstands(with_silent_keys, bogus, callers=20, seconds=min(SECONDS, 15))
    began = time.monotonic()
    with with_silent_keys.client() as person:
        person.post("/auth/login", data={"username": "bob", "password": "pw-bob"})
        assert person.get("/api/v1/releases").json()["status"] == "ok"
    assert time.monotonic() - began < LONGEST_LOGIN
