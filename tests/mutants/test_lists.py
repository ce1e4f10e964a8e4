"""The lists of breaks stay true while the code changes, and the runner tells a guard that is tested from one that is not."""

from __future__ import annotations

import os
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.gate.counts import Counts, of_mutants
from tests.mutants.__main__ import attempt, known_green, not_green, summary, try_area
from tests.mutants.breaks import BadList, Break, faults, read_lists
from tests.mutants.copies import Copy
from tests.mutants.kept import Kept, Outcome
from tests.mutants.noted import GREEN

BREAKS = read_lists()


@pytest.mark.parametrize("entry", BREAKS, ids=lambda entry: f"{entry.area}: {entry.name}")
def test_a_break_can_be_tried(entry: Break) -> None:
    assert faults(entry) == []


def test_no_two_breaks_have_one_name() -> None:
    assert [name for name, times in Counter((each.area, each.name) for each in BREAKS).items() if times > 1] == []


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one guard and two tests, of which one looks at the guard."""
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "door.py").write_text("def enter(age):\n    if age < 18:\n        raise PermissionError\n    return 'in'\n")
    (tmp_path / "test_door.py").write_text(
        "import pytest\nfrom door import enter\n\n"
        "def test_a_child_stays_out():\n    with pytest.raises(PermissionError):\n        enter(9)\n\n"
        "def test_a_woman_gets_in():\n    assert enter(30) == 'in'\n"
    )
    return tmp_path


def entry(find: str = "age < 18", replace: str = "age < 8", test: str = "test_a_child_stays_out", file: str = "door.py") -> Break:
    return Break(name="anybody gets in", file=file, find=find, replace=replace, tests=[f"test_door.py::{test}"])


def why(broken: Break, project: Path) -> str:
    """Why a break is not noticed, or nothing."""
    outcome = attempt(broken, Copy(project))
    return "" if outcome.noticed else outcome.why


def test_a_test_that_looks_at_the_guard_notices_and_says_why(project: Path) -> None:
    outcome = attempt(entry(), Copy(project))
    assert (outcome.noticed, outcome.why) == (True, "Failed: DID NOT RAISE PermissionError")


def test_a_test_that_stays_green_is_named(project: Path) -> None:
    assert why(entry(test="test_a_woman_gets_in"), project) == "test_door.py::test_a_woman_gets_in: green"


def test_each_of_several_tests_has_to_notice(project: Path) -> None:
    both = entry().model_copy(update={"tests": ["test_door.py::test_a_child_stays_out", "test_door.py::test_a_woman_gets_in"]})
    assert why(both, project) == "test_door.py::test_a_woman_gets_in: green"


def test_tests_of_a_package_with_settings_of_its_own_notice(project: Path) -> None:
    (project / "window").mkdir()
    (project / "window/pytest.ini").write_text("[pytest]\n")
    (project / "test_door.py").rename(project / "window/test_door.py")
    within = entry().model_copy(update={"tests": ["window/test_door.py::test_a_child_stays_out"]})
    assert why(within, project) == ""


ENDLESS = "age < 18:\n        while True: pass\n    if age < 8"


def test_tests_without_end_are_ended_and_prove_nothing(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.mutants.copies.LONGEST_RUN", 4.0)
    assert why(entry(replace=ENDLESS), project) == "test_door.py::test_a_child_stays_out: did not end in time"


def test_a_test_that_pytest_ends_proves_nothing(project: Path) -> None:
    (project / "pytest.ini").write_text("[pytest]\ntimeout = 1\n")
    assert why(entry(replace=ENDLESS), project) == "test_door.py::test_a_child_stays_out: did not end in time"


def test_tests_without_end_are_red_where_the_break_says_so(project: Path) -> None:
    (project / "pytest.ini").write_text("[pytest]\ntimeout = 120\n")
    assert why(entry(replace=ENDLESS).model_copy(update={"endless": 1}), project) == ""


@pytest.mark.parametrize(
    ("before", "how"), [("assert False", "could not be prepared"), ("pytest.skip('not here')", "left out")], ids=["broken", "skipped"]
)
def test_a_test_that_was_not_played_proves_nothing(project: Path, before: str, how: str) -> None:
    (project / "conftest.py").write_text(f"import pytest\n\n@pytest.fixture(autouse=True)\ndef ready():\n    {before}\n")
    assert why(entry(), project) == f"test_door.py::test_a_child_stays_out: {how}"


def test_a_break_that_stops_the_import_proves_nothing(project: Path) -> None:
    assert "could not run" in why(entry("def enter", "def leave"), project)


def test_the_copy_is_whole_again_afterwards(project: Path) -> None:
    whole, copy = (project / "door.py").read_text(), Copy(project)
    attempt(entry(), copy)
    assert (project / "door.py").read_text() == whole
    assert set(copy.play(["test_door.py"]).how.values()) == {GREEN}


def test_what_is_red_without_a_break_proves_nothing(project: Path) -> None:
    (project / "door.py").write_text(
        "def enter(age):\n    if age < 7 or age < 18 and age % 2:\n        raise PermissionError\n    return 'out'\n"
    )
    told = {}
    entries = [entry(), entry(replace="age < 17", test="test_a_woman_gets_in")]
    try_area(entries, [Copy(project)], lambda each, outcome: told.update({each.tests[0]: outcome}))
    woman = "test_door.py::test_a_woman_gets_in"
    assert {test: outcome.noticed for test, outcome in told.items()} == {"test_door.py::test_a_child_stays_out": True, woman: False}
    assert told[woman].why == f"not green without a break: {woman}"


def test_a_run_goes_on_where_it_was_until_something_changes(project: Path) -> None:
    file, again = project / "kept", entry(test="test_a_woman_gets_in")
    kept = Kept(file, project)
    kept.add(entry(), Outcome(noticed=True, why=""))
    kept.add(again, Outcome(noticed=False, why="green"))
    told = summary([entry(), again], kept, 7.2)
    assert told.splitlines()[-2:] == ["together           2       1       1", "7 s"]
    assert of_mutants(told) == Counts(passed=1, failed=1), "the gate reads it"
    assert [Kept(file, project).noticed(each) for each in (entry(), again)] == [True, False]
    assert not Kept(file, project).noticed(entry(replace="age < 9"))
    (project / "test_door.py").write_text("")
    assert not Kept(file, project).noticed(entry())
    assert kept.noticed(entry()), "a run tells of what it has copied"


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (entry(file="window.py"), "window.py does not exist"),
        (entry("age > 18"), "door.py holds the text to find 0 times, not once"),
        (entry("age"), "door.py holds the text to find 2 times, not once"),
        (entry(replace="age < 18"), "it breaks nothing"),
        (entry(replace="age <"), "door.py would not be Python any more"),
        (entry(test="test_a_man_gets_in"), "test_door.py::test_a_man_gets_in does not exist"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_entry_that_is_not_true_is_named(project: Path, wrong: Break, reason: str) -> None:
    assert [fault[: len(reason)] for fault in faults(wrong, project)] == [reason]


def test_a_list_of_another_form_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("- name: without the rest\n")
    with pytest.raises(BadList, match=r"mine\.yaml"):
        read_lists(tmp_path)


def test_a_test_that_is_known_to_be_green_is_not_played_unbroken(project: Path) -> None:
    red = entry(test="test_a_child_stays_out", find="age < 18", replace="age < 8")
    (project / "door.py").write_text((project / "door.py").read_text().replace("age < 18", "age < 8") + "# age < 18\n")
    copies, test = [Copy(project)], red.tests[0]
    assert set(not_green([red], copies, set())) == {test}
    assert not_green([red], copies, {test}) == {}


def test_only_a_record_of_the_project_as_it_is_says_what_is_green(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, record = tmp_path / "door.py", tmp_path / "passed" / "suite"
    file.write_text("")
    record.parent.mkdir()
    record.write_text(f"{file.stat().st_mtime + 1}\npassed test_door.py::test_it\n")
    monkeypatch.setattr("tests.mutants.__main__.project_files", lambda: [file])
    assert known_green(record.parent) == {"test_door.py", "test_door.py::test_it"}
    os.utime(file, (time.time() + 60, time.time() + 60))
    assert known_green(record.parent) == set()
