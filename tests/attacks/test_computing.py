"""Callers who make a worker compute: archives that blow up, numbers and expressions of theirs, long bodies, wrong passwords."""

from __future__ import annotations

import io
import json
import threading
import time
import uuid
import zipfile

import pytest

from tests.attacks.harness import Target, withstands

pytestmark = [pytest.mark.attacks, pytest.mark.timeout(300)]

INGEST = "/api/v1/client/replay/ingest"
CHART = "/api/v1/views/widgets/pytest/results"
PYTEST = "/api/v1/client/testrun/pytest/result/submit"
SUBMIT = "/api/v1/client/testrun/generic/submit"


def zipped(content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.jsonl", content)
    return packed.getvalue()


BOMBS = {
    "ten thousand records of nothing": zipped(b"{}\n" * 10_000),
    "three million records of nothing": zipped(b"{}\n" * 3_000_000),
    "one line of 400 MB": zipped(b" " * 400_000_000),
    "lists in lists": zipped(b'{"body": [' + b"[]," * 2_000_000 + b"[]]}\n"),
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS.keys())
def test_an_archive_that_blows_up(target: Target, bomb: bytes) -> None:
    def attack(target: Target) -> None:
        with target.client("bob") as bob:
            while not target.over():
                bob.post(INGEST, content=bomb, headers={"content-type": "application/zip"})

    withstands(target, attack, callers=2)


def test_bounds_that_ask_for_a_long_chart(target: Target) -> None:
    def attack(target: Target) -> None:
        with target.client("bob") as bob:
            while not target.over():
                answer = bob.get(CHART, params={"after": 0, "before": 63_000_000_000, "limit": 2**31 - 1})
                assert len(answer.content) < 100_000

    withstands(target, attack, callers=2)


def test_expressions_that_run_away(target: Target) -> None:
    with target.client("bob") as bob:
        for number in range(20):
            body = {"name": f"t{number}", "timestamp": time.time(), "session_timestamp": time.time(), "test_type": "x", "status": "passed"}
            run = {"run_id": str(uuid.uuid4()), "duration": 1.0, "message": "a" * 3000 + "!", "markers": [], "user_fields": {}}
            bob.post(PYTEST, json=body | run)

    def attack(target: Target) -> None:
        with target.client("bob") as bob:
            while not target.over():
                bob.get(CHART, params={"query": "(a|aa)+$"})

    withstands(target, attack, callers=20)


LONG = {
    "lists": b'{"results": [' + b"[]," * 2_000_000 + b"[]]}",
    "numbers": b'{"results": [' + b"1," * 3_000_000 + b"1]}",
    "text": json.dumps({"text": "x" * 20_000_000}).encode(),
    "an object of many keys": json.dumps({f"k{number}": number for number in range(400_000)}).encode(),
    "too long": b" " * 40_000_000,
}


@pytest.mark.parametrize("body", LONG.values(), ids=LONG.keys())
def test_long_bodies_of_json(target: Target, body: bytes) -> None:
    def attack(target: Target) -> None:
        with target.client("bob") as bob:
            while not target.over():
                bob.post(SUBMIT, content=body, headers={"content-type": "application/json"})

    withstands(target, attack, callers=2)


def test_wrong_passwords_beside_other_routes(target: Target) -> None:
    waited: list[float] = []
    ready = threading.Event()

    def attack(target: Target) -> None:
        first = not ready.is_set()
        ready.set()
        with target.client("bob" if first else None) as caller:
            while not target.over():
                if first:
                    began = time.monotonic()
                    assert caller.get("/api/v1/releases").status_code == 200
                    waited.append(time.monotonic() - began)
                    time.sleep(0.02)
                else:
                    name = f"nobody-{uuid.uuid4()}"
                    caller.post("/auth/login", data={"username": name, "password": "wrong"})
                    caller.post("/auth/login", data={"username": "alice", "password": "wrong"})

    withstands(target, attack, callers=40)
    assert sorted(waited)[int(len(waited) * 0.95)] < 1.0, "other routes are served while passwords are hashed"
