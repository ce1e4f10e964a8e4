"""`argus jobs`: what is due, a turn now, and a pause."""

from __future__ import annotations

import json

from tests.cli.conftest import Argus


def row(argus: Argus, name: str) -> dict[str, str]:
    return next(each for each in json.loads(argus("jobs", "list", "--json").stdout) if each["job"] == name)


def test_jobs_are_listed_with_their_standing(argus: Argus) -> None:
    assert row(argus, "housekeeping")["state"] == "on"
    assert row(argus, "jenkins")["state"] == "off", "it is not configured"


def test_a_turn_is_had_here_when_no_server_does_the_jobs(argus: Argus) -> None:
    assert argus("jobs", "run", "housekeeping").stdout == "housekeeping: nothing to do\n"
    assert row(argus, "housekeeping")["outcome"] == "done"


def test_a_job_is_paused_and_goes_on(argus: Argus) -> None:
    argus("jobs", "pause", "housekeeping")
    assert row(argus, "housekeeping")["state"] == "paused"
    assert argus("jobs", "run", "housekeeping").exit_code == 0, "who asks for a turn gets it"
    argus("jobs", "resume", "housekeeping")
    assert row(argus, "housekeeping")["state"] == "on"


def test_a_name_that_no_job_has_is_an_error(argus: Argus) -> None:
    refused = argus("jobs", "run", "nothing")
    assert (refused.exit_code, refused.stderr.startswith("Error: there is no job 'nothing'; there are embedding")) == (1, True)


def test_history_is_empty_where_nothing_was_done(argus: Argus) -> None:
    argus("jobs", "run", "housekeeping")
    assert json.loads(argus("jobs", "history", "housekeeping", "--json").stdout) == []
