"""`argus refresh-issues` and `argus scan-jenkins`: what they say when there is nobody to ask."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Argus


def test_remotes_that_are_not_set_up_are_left_out(argus: Argus) -> None:
    result = argus("refresh-issues")
    assert result.exit_code == 0
    assert result.stderr.splitlines() == [
        "GitHub is left out: GITHUB_ACCESS_TOKEN is not set.",
        "Jira is left out: JIRA_SERVER is not set.",
    ]


def test_a_jira_that_does_not_answer_is_one_line(argus: Argus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARGUS_JIRA_SERVER", "http://127.0.0.1:9")
    result = argus("refresh-issues")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == "Error: Jira does not answer: ConnectError"


def test_a_jenkins_that_is_not_set_up_is_one_line(argus: Argus, monkeypatch: pytest.MonkeyPatch) -> None:
    result = argus("scan-jenkins")
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (1, "Error: JENKINS_URL is not set")
    for name in ("URL", "USER", "API_TOKEN"):
        monkeypatch.setenv(f"ARGUS_JENKINS_{name}", "http://127.0.0.1:9")
    result = argus("scan-jenkins")
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (1, "Error: Jenkins does not answer: ConnectError")
