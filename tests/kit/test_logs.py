"""Lines of the log: what they tell, and what they never tell."""

from __future__ import annotations

import json
import logging
import logging.config
import subprocess
import sys
from collections.abc import Iterator
from contextvars import Context
from typing import Any

import pytest

from argus.kit import logs
from argus.kit.settings import Settings


def record(message: str, *args: Any, level: int = logging.INFO, **extra: Any) -> logging.LogRecord:
    return logging.getLogger("argus.test").makeRecord("argus.test", level, "/x/service.py", 7, message, args, None, "create", extra)


def line(message: str, *args: Any, **extra: Any) -> dict[str, Any]:
    return dict(json.loads(logs.formatter(terminal=False).format(record(message, *args, **extra))))


@pytest.fixture
def hiding() -> Iterator[None]:
    yield
    logs.hide([])


def test_a_record_is_one_line_of_json() -> None:
    text = logs.formatter(terminal=False).format(record("two\nlines, %s", "ä", run_id="r"))
    assert "\n" not in text
    told = json.loads(text)
    assert list(told)[:4] == ["ts", "level", "logger", "message"]
    assert told["message"] == "two\nlines, ä"
    assert (told["level"], told["logger"], told["where"], told["run_id"]) == ("info", "argus.test", "service::create", "r")
    assert told["ts"].endswith("Z")


def test_an_error_brings_its_traceback() -> None:
    try:
        raise KeyError("missing")
    except KeyError:
        failed = logging.LogRecord("argus", logging.ERROR, "x.py", 1, "failed", None, sys.exc_info())
    assert json.loads(logs.formatter(terminal=False).format(failed))["exception"].endswith("KeyError: 'missing'")
    assert logs.formatter(terminal=True).format(failed).endswith("KeyError: 'missing'")


def test_a_terminal_shows_the_line_that_the_reference_shows() -> None:
    token = logs.serve(lambda: {"remote_addr": "10.0.0.1", "path": "/a\x1b[2J", "endpoint": "api.releases"})
    try:
        text = logs.formatter(terminal=True).format(record("made", level=logging.WARNING))
    finally:
        logs.served(token)
    assert text == "[\x1b[33mWARNING\x1b[0m] \x1b[90m<10.0.0.1 - /a?[2J - api.releases>\x1b[0m - service::create - made"


def test_outside_a_request_nothing_is_said_of_one() -> None:
    assert "request_id" not in Context().run(line, "started")


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("headers: {'Authorization': 'token abcdefgh'}", "abcdefgh"),
        ("Authorization: Basic dXNlcjpwdw==", "dXNlcjpwdw"),
        ("sent token Zm9vYmFyZm9vYmFyZm9vYmFyZm9v", "Zm9vYmFy"),
        ("Cookie was session=eyJ1c2Vy.aaa.bbb; a=1", "eyJ1c2Vy"),
        ('"GET /profile/oauth/github?code=s3cr3t&state=abc HTTP/1.1" 302', "s3cr3t"),
        ("cannot reach https://argus:hunter2@jenkins/", "hunter2"),
        ("X-API-Key was argk_7f3a9c21_pTsecret-secret_1", "pTsecret"),
        ("/auth/sso/callback?code_verifier=s3cr3t", "s3cr3t"),
        ("jwt eyJhbGciOiJSUzI1NiJ9.eyJlbWFpbCI6ImEifQ.c2ln", "eyJlbWFpbCI6"),
    ],
)
def test_credentials_are_taken_out(text: str, secret: str) -> None:
    assert secret in text
    told = json.dumps(line(text))
    assert secret not in told
    assert logs.HIDDEN in told


@pytest.mark.parametrize(
    "text",
    ["User not found for supplied token", "token expired a moment ago", "GET /api/v1/run?id=1", "http://host:80/a@b", "session ended"],
)
def test_harmless_text_stays(text: str) -> None:
    assert line(text)["message"] == text


def test_fields_that_are_secret_by_their_name_are_taken_out_at_any_depth() -> None:
    told = line("sent", headers={"Cookie": "a=b", "X-API-Key": "k", "Accept": "x"}, api_token="abc", many=[{"password": "pw"}])
    assert told["headers"] == {"Cookie": logs.HIDDEN, "X-API-Key": logs.HIDDEN, "Accept": "x"}
    assert line("sent", code_verifier="v")["code_verifier"] == logs.HIDDEN
    assert (told["api_token"], told["many"]) == (logs.HIDDEN, [{"password": logs.HIDDEN}])


def test_the_secrets_of_the_settings_are_taken_out_wherever_they_stand(hiding: None) -> None:
    settings = Settings(SECRET_KEY="k" * 32, JIRA_TOKEN="jira-token.1", EMAIL_SENDER_PASS="mail-pass", JENKINS_URL="http://jenkins")
    secrets = logs.secrets_of(settings.model_dump())
    assert set(secrets) == {"k" * 32, "jira-token.1", "mail-pass"}
    logs.hide(secrets)
    try:
        raise ValueError("smtp said no to mail-pass at http://jenkins")
    except ValueError:
        failed = logging.LogRecord("argus", logging.ERROR, "x.py", 1, "jira-token.1 %s", ("k" * 32,), sys.exc_info())
    text = logs.formatter(terminal=False).format(failed)
    assert "mail-pass" not in text
    assert "http://jenkins" in text
    assert json.loads(text)["message"] == f"{logs.HIDDEN} {logs.HIDDEN}"


@pytest.mark.parametrize(
    ("level", "shown"), [("warning", ["careful"]), ("INFO", ["told", "careful"]), (30, ["careful"]), ("10", ["fine", "told", "careful"])]
)
def test_the_level_is_that_of_our_loggers(level: str | int, shown: list[str]) -> None:
    script = (
        "import logging; from argus.kit.logs import configure\n"
        f"configure({level!r})\n"
        "log = logging.getLogger('argus.test'); other = logging.getLogger('somebody')\n"
        "log.debug('fine'); log.info('told'); log.warning('careful'); other.info('hidden')\n"
        "import structlog\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == ""
    assert [json.loads(each)["message"] for each in done.stderr.splitlines()] == shown


def test_who_has_set_logging_up_is_left_alone() -> None:
    before = list(logging.getLogger().handlers)
    assert before, "pytest's own"
    logs.configure("DEBUG")
    assert logging.getLogger().handlers == before
