"""Every case of `fixtures/parity.yaml` against both shells, in the gateway and alone; and the answers of all of them against each other."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from argus.kit.ulids import new_ulid
from tests.deduper.forms import FORMS, Form, serve
from tests.deduper.integration.conftest import ended
from tests.deduper.parity import PAGE, Case, cases, page
from tests.deduper.sign_off import ASKED

pytestmark = pytest.mark.anyio

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
TYPES: dict[str, type[Any]] = {"str": str, "int": int, "bool": bool, "list": list, "dict": dict}
VARIES = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}|" + TIME.pattern)
ANY = {
    "framework",
    "pid",
    "pendingJobs",
    "activeJobs",
    "active_jobs",
    "jobsLastHour",
    "host",
    "progress",
    "logs",
    "jobs",
    "status",
    "parameters",
}

answers: dict[str, dict[str, Any]] = {}
"""What each form answered to each case, without what differs by nature."""


@pytest.fixture(scope="module", params=FORMS)
async def form(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[Form]:
    async with serve(request.param, tmp_path_factory.mktemp(request.param)) as served:
        yield served


@pytest.fixture(scope="module")
async def known(form: Form) -> dict[str, str]:
    """What the names in the paths of the cases mean."""
    async with form.client("alice") as alice:
        done, active = await form.report("completes"), await form.report("silent")
        done_job = await ended(alice, (await alice.post("/deduper/jobs", json={"reportId": done})).json()["job"]["jobId"])
        active_job = (await alice.post("/deduper/jobs", json={"reportId": active})).json()["job"]["jobId"]
        while (await alice.get(f"/deduper/jobs/{active_job}")).json()["pid"] is None:
            await asyncio.sleep(0.1)
    return {"done": done, "done_job": done_job["jobId"], "active": active, "active_job": active_job}


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
async def test_a_case_is_answered_as_written(
    form: Form, known: dict[str, str], case: Case, record_property: Callable[[str, object], None]
) -> None:
    record_property(ASKED, case.request)
    names = {**known, "fresh": await form.report("completes"), "set": f"set:{new_ulid()}", "long": "x" * 5000}
    answer = await _ask(form, case, names)
    assert answer.status_code in case.statuses, answer.text
    assert answer.headers["x-request-id"]
    if not case.keys:
        assert answer.headers["content-type"].startswith("text/plain")
        return
    body = answer.json()
    for key, kind in case.keys.items():
        assert key in body, f"{key} has gone"
        assert _is(body[key], kind), f"{key} is {body[key]!r} and no {kind}"
    assert body.get("code") == case.code
    if case.code == "method_not_allowed":
        assert answer.headers["allow"] == "POST"
    answers.setdefault(case.name, {})[form.name] = [answer.status_code, _plain(body)]


def test_all_forms_answer_alike() -> None:
    """But for `framework`, times and ids."""
    assert answers, "the cases run first"
    for name, by_form in answers.items():
        told = list(by_form.values())
        assert all(one == told[0] for one in told), f"{name}: {by_form}"


def test_the_page_is_made_of_the_cases() -> None:
    assert PAGE.read_text() == page(), "python -m tests.deduper.parity"


async def _ask(form: Form, case: Case, names: dict[str, str]) -> httpx.Response:
    method, path = case.request.split(" ", 1)
    async with await form.browser() if case.caller == "cookie" else form.client(None if case.caller == "nobody" else case.caller) as caller:
        return await caller.request(method, _named(path, names), json=_named(case.json, names))


def _named(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, str):
        return re.sub(r"\{(\w+)\}", lambda found: names[found[1]], value)
    if isinstance(value, dict):
        return {key: _named(one, names) for key, one in value.items()}
    return value


def _is(value: Any, kind: str) -> bool:
    if kind.endswith("?"):
        return value is None or _is(value, kind[:-1])
    if kind == "time":
        return isinstance(value, str) and TIME.fullmatch(value) is not None
    return isinstance(value, TYPES[kind])


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: "…" if key in ANY or (key == "next_cursor" and one) else _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return VARIES.sub("…", value) if isinstance(value, str) else value
