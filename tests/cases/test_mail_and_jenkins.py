"""Mail that other servers take, and a Jenkins behind proxies and limits."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cases.neighbours import Answer, Jenkins, Mailbox, as_json
from tests.cases.tracker import SCT, Tracker


def report(tracker: Tracker, title: str, recipient: str = "team@example.com") -> Any:
    """The answer to a report of a new run by mail."""
    body = {"run_id": tracker.sct_run(tracker.place(SCT).build), "title": title, "recipients": [recipient], "sections": ["main"]}
    return tracker.asked("POST", "/api/v1/client/testrun/report/email", {"schema_version": "v8", "attachments": [], **body})


def test_a_mail_has_a_date_and_an_id(tracker: Tracker, mailbox: Mailbox) -> None:
    """goposta/posta#247, SamR1/FitTrackee#622, python/cpython#107809, jaymzh/pius#152."""
    assert report(tracker, "#auto")["status"] == "ok"
    ((_, mail),) = mailbox.mails
    assert mail["Date"]
    assert mail["Message-ID"]


def test_a_receivers_name_may_be_of_any_alphabet(tracker: Tracker, mailbox: Mailbox) -> None:
    """cole/aiosmtplib#94, chatmail/core#4969."""
    assert report(tracker, "x", "Jörg Müller <joerg@example.com>")["status"] == "ok"
    assert [receivers for receivers, _ in mailbox.mails] == [["joerg@example.com"]]


@pytest.mark.parametrize("title", ["x =?UTF-8?Q?=0A?=Reply-To: evil@example.com", "y=?UTF-8?Q?=0D=0AX-Own:_1?="])
def test_a_title_makes_no_header_of_its_own(tracker: Tracker, mailbox: Mailbox, title: str) -> None:
    """python/cpython#121650, apache/tooling-trusted-releases#603."""
    report(tracker, title)
    assert [(mail["Reply-To"], mail["X-Own"]) for _, mail in mailbox.mails] in ([], [(None, None)])


@pytest.mark.parametrize("crumb", [True, False], ids=["also for the crumb", "behind the crumb"])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("GET", "/api/v1/jenkins/queue_info?queueItem=5", None), ("POST", "/api/v1/jenkins/params", {"buildId": "a/b", "buildNumber": 1})],
    ids=["queue", "parameters"],
)
def test_a_login_page_in_place_of_json_is_said_to_be_jenkins(
    tracker: Tracker, jenkins: Jenkins, method: str, path: str, body: Any, crumb: bool
) -> None:
    """jenkinsci/helm-charts#435, samrocketman/jenkins-bootstrap-jervis#15."""

    def answer(asked: str, where: str, sent: bytes) -> Answer:
        if "crumbIssuer" in where and not crumb:
            return 404, {}, b""
        return 200, {"Content-Type": "text/html"}, b"<html><body>Sign in</body></html>"

    jenkins.answer = answer
    assert "Jenkins" in str(tracker.asked(method, path, body)["response"])


def test_long_parameters_go_into_the_body(tracker: Tracker, jenkins: Jenkins) -> None:
    """jenkinsci/java-client-api#462, jenkinsci/java-client-api#352, yosida95/golang-jenkins#46."""

    def answer(method: str, path: str, sent: bytes) -> Answer:
        if len(path) > 8192:
            return 414, {}, b""
        if method == "POST":
            return 201, {"Location": "http://jenkins.example/queue/item/77/"}, b""
        return (404, {}, b"") if "crumb" in path else as_json({"nextBuildNumber": 3})

    jenkins.answer = answer
    body = {"buildId": tracker.place().build, "parameters": {"extra": "x" * 12000, "n": "1"}}
    assert tracker.ok("POST", "/api/v1/jenkins/build", body)["queueItem"] == 77
