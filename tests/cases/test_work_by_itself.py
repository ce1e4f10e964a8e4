"""Periodic work and queued mails, as administrators see and steer them, on both lanes and both engines.

The last module of the folder: a mail that its last test leaves is sent half a minute later.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from email.message import Message
from typing import Any
from uuid import uuid4

import pytest

from tests.cases.neighbours import Mailbox
from tests.cases.tracker import Tracker

API = "/admin/api/v1/jobs"
PATIENCE = 90.0  # seconds: a server that has just started holds the lease of the jobs within two, a busy machine needs longer


def eventually(look: Callable[[], Any]) -> Any:
    """What a look gives as soon as it gives something."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.2)
    raise AssertionError(f"nothing came of it within {PATIENCE:g} s")


def job(tracker: Tracker, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in tracker.ok("GET", API)["jobs"] if each["job"] == name)
    return found


def mention(tracker: Tracker, text: str) -> None:
    """A comment that names bob, who gets a mail about it."""
    place = tracker.place()
    run = tracker.generic_run(place.build)
    people = tracker.ok("GET", "/api/v1/users")
    bob = next(each["id"] for each in people.values() if each["username"] == "bob")
    tracker.ok("POST", f"/api/v1/test/{place.test}/run/{run}/comments/submit", {"message": text, "reactions": {}, "mentions": [bob]})


def waiting(tracker: Tracker) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [mail for mail in tracker.ok("GET", API)["mails"] if mail["to"] == "bob@example.com"]
    return found


def says(mail: Message, text: str) -> bool:
    """Whether one of the parts of a mail has a text."""
    return any(text.encode() in (part.get_payload(decode=True) or b"") for part in mail.walk() if not part.is_multipart())


def test_a_job_is_run_now_by_the_server(tracker: Tracker) -> None:
    before = job(tracker, "stuck-runs")["last"]
    time.sleep(1)  # times are shown in whole seconds
    tracker.ok("POST", f"{API}/stuck-runs/run")
    ended = eventually(lambda: (now := job(tracker, "stuck-runs"))["last"] != before and now["outcome"] and now)
    assert (ended["outcome"], ended["error"]) == ("done", None)
    assert isinstance(tracker.ok("GET", f"{API}/stuck-runs/history"), list)


def test_a_job_is_paused_and_goes_on(tracker: Tracker) -> None:
    tracker.ok("POST", f"{API}/housekeeping/pause")
    paused = job(tracker, "housekeeping")
    assert (paused["state"], paused["next"]) == ("paused", None)
    tracker.ok("POST", f"{API}/housekeeping/resume")
    assert job(tracker, "housekeeping")["state"] == "on"


def test_the_page_is_there_for_administrators_alone(tracker: Tracker) -> None:
    page = tracker.get("/admin/jobs")
    assert page.status_code == 200
    assert API in page.text
    as_bob = {"Authorization": "token token-bob"}
    assert tracker.get("/admin/jobs", headers=as_bob).status_code == 302
    assert [tracker.get(path, headers=as_bob).status_code for path in (API, f"{API}/mail/history")] == [403, 403]


def test_a_mail_is_queued_sent_once_and_gone(tracker: Tracker, mailbox: Mailbox) -> None:
    text, before = f"look {uuid4().hex}", {mail["id"] for mail in waiting(tracker)}
    mention(tracker, text)
    ((to, mail),) = eventually(lambda: [each for each in mailbox.mails if says(each[1], text)])
    assert to == ["bob@example.com"]
    assert mail["Message-ID"]
    eventually(lambda: {mail["id"] for mail in waiting(tracker)} <= before)
    assert sum(says(each, text) for _, each in mailbox.mails) == 1


@pytest.mark.parametrize(("refusal", "given_up"), [("451 later", False), ("554 never", True)])
def test_a_mail_that_is_refused_is_shown_with_what_the_server_said(
    tracker: Tracker, mailbox: Mailbox, refusal: str, given_up: bool
) -> None:
    mailbox.refusal = refusal
    before = {mail["id"] for mail in waiting(tracker)}
    mention(tracker, "hello")
    (mail,) = eventually(lambda: [each for each in waiting(tracker) if each["id"] not in before and each["error"]])
    assert (mail["tries"], mail["next"] == "given up") == (1, given_up)
    assert refusal.split()[0] in mail["error"]
