"""Subjects, parameters, the log of a program and what it says, each by itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from argus.features.deduper import joblog, launch
from argus.features.deduper.joblog import JobLog, tail
from argus.features.deduper.parameters import Parameters, stored
from argus.features.deduper.subjects import cluster_id, is_job_id, subject_of
from argus.features.deduper.texts import normalise, shape, words
from argus.features.deduper.watch import Told
from argus.kit.ulids import is_ulid
from tests.serving import settings_for

RUN = "6f1c8a52-9a3e-4c55-8f4e-2f7c1d0b9a11"


@pytest.mark.parametrize(
    ("report", "scope"),
    [(RUN, "run"), (RUN.upper(), "run"), ("recent", "recent"), (f"test:{RUN}", "test"), (f"release:{RUN}", "release")],
)
def test_a_report_names_its_subject(report: str, scope: str) -> None:
    subject = subject_of(report)
    assert subject is not None
    assert subject.scope == scope
    assert subject.report_id == report.lower()


@pytest.mark.parametrize(
    "report", ["", "list", "x" * 129, "view:" + RUN, RUN.replace("-", ""), f"set:{RUN}", "test:", "../etc", f"{RUN}\n"]
)
def test_what_is_no_report_names_nothing(report: str) -> None:
    assert subject_of(report) is None


def test_list_and_report_id_are_no_jobs() -> None:
    assert not is_job_id("list")
    assert not is_job_id("reportId")
    assert is_job_id("01JZ3N9M0V6Q3W8K1T5B7C2D4E")


@given(st.text(), st.text())
def test_the_id_of_a_cluster_is_derived_and_a_ulid(kind: str, said: str) -> None:
    one = cluster_id("r", "ERROR", kind, said)
    assert is_ulid(one)
    assert one == cluster_id("r", "ERROR", kind, said)
    assert one != cluster_id("other", "ERROR", kind, said)


@pytest.mark.parametrize(
    "given_",
    [{"threshold": 0.4}, {"threshold": 1.1}, {"severity": []}, {"severity": ["LOUD"]}, {"timeoutSeconds": 3601}, {"x": 1}],
)
def test_parameters_have_bounds(given_: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Parameters.model_validate(given_)


def test_what_is_kept_of_parameters_says_the_scope() -> None:
    kept = stored(Parameters.model_validate({"severity": ["ERROR", "ERROR"], "timeoutSeconds": 5}), "recent")
    assert kept == {"severity": ["ERROR"], "threshold": 0.85, "method": "near", "scope": "recent", "hours": 24, "timeoutSeconds": 5}


def test_the_file_of_a_log_keeps_the_last_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joblog, "KEPT", 10)
    log = JobLog(tmp_path / "job.log")
    for number in range(95):
        log.add(f"line {number}\x1b[0m")
        if number % 7 == 0:
            log.flush()
    log.flush()
    assert log.shown[-1] == "line 94\ufffd[0m"
    kept = tail(tmp_path / "job.log", 100)
    assert kept[-1] == "line 94\ufffd[0m"
    assert len(kept) <= joblog.KEPT * 2 + 50
    assert (tmp_path / "job.log").stat().st_mode & 0o777 == 0o600
    assert tail(tmp_path / "gone", 5) == []


def test_what_a_program_says_is_taken_as_it_is_meant(tmp_path: Path) -> None:
    told = Told(JobLog(tmp_path / "job.log"), structured=True)
    for line in (
        '{"type":"progress","percent":170,"message":"x"}', '{"type":"result","events":1}', '{"type":"error","code":"disk_full"}',
        '{"type":"progress","percent":"much"}', '{"type":', "{}", "plain",
    ):  # fmt: skip
        told.hear(line)
    assert told.progress is not None
    assert told.progress["percent"] == 100
    assert told.result == {"events": 1}
    assert told.error == {"code": "disk_full", "message": ""}
    assert list(told.log.lines) == ['{"type":"progress","percent":"much"}', '{"type":', "{}", "plain"]


def test_a_plain_program_only_logs(tmp_path: Path) -> None:
    told = Told(JobLog(tmp_path / "job.log"), structured=False)
    told.hear('{"type":"result","events":1}')
    assert told.result is None
    assert list(told.log.lines) == ['{"type":"result","events":1}']


def test_the_environment_of_a_program_has_what_it_needs_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARGUS_SECRET_KEY", "secret")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    env = launch.environment(settings_for(tmp_path), "01JZ3N9M0V6Q3W8K1T5B7C2D4E")
    assert set(env) <= launch.ALLOWED
    assert "secret" not in env.values()
    assert env["ARGUS_STORAGE"] == f"sqlite:///{tmp_path}/argus.sqlite"


def test_ids_are_all_that_a_caller_puts_into_the_arguments(tmp_path: Path) -> None:
    assert launch.vector(settings_for(tmp_path), "01JZ3N9M0V6Q3W8K1T5B7C2D4E", 2)[-4:] == [
        "--job-id",
        "01JZ3N9M0V6Q3W8K1T5B7C2D4E",
        "--attempt",
        "2",
    ]


def test_numbers_and_hexadecimal_names_count_as_one_word() -> None:
    assert shape("shard 12 of deadbeef1 took 3 ms") == "shard 0 of 0 took 0 ms"
    assert shape("facade of feed") == "facade of feed"
    assert words("a b c") == list("a b c")
    assert words("a b c d e") == ["a", "b", "c", "d", "e"]
    assert len(normalise("x y " * 5000)) <= 4096
