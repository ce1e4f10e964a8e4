"""The lists of breaks stay true while the code changes, and the runner tells a guard that is tested from one that is not."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.mutants.__main__ import unnoticed
from tests.mutants.breaks import BadList, Break, faults, read_lists
from tests.mutants.copies import GREEN, Copy

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


def test_a_test_that_looks_at_the_guard_notices(project: Path) -> None:
    assert unnoticed(entry(), Copy(project)) == ""


def test_a_test_that_stays_green_is_named(project: Path) -> None:
    assert unnoticed(entry(test="test_a_woman_gets_in"), Copy(project)) == "test_door.py::test_a_woman_gets_in stays green"


def test_each_of_several_tests_has_to_notice(project: Path) -> None:
    both = entry().model_copy(update={"tests": ["test_door.py::test_a_child_stays_out", "test_door.py::test_a_woman_gets_in"]})
    assert unnoticed(both, Copy(project)) == "test_door.py::test_a_woman_gets_in stays green"


def test_tests_of_a_package_with_settings_of_its_own_notice(project: Path) -> None:
    (project / "window").mkdir()
    (project / "window/pytest.ini").write_text("[pytest]\n")
    (project / "test_door.py").rename(project / "window/test_door.py")
    within = entry().model_copy(update={"tests": ["window/test_door.py::test_a_child_stays_out"]})
    assert unnoticed(within, Copy(project)) == ""


def test_tests_without_end_are_ended(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.mutants.copies.LONGEST_RUN", 3.0)
    assert "pytest ended with -1" in unnoticed(entry(replace="age < 18:\n        while True: pass\n    if age < 8"), Copy(project))


def test_a_break_that_stops_the_import_proves_nothing(project: Path) -> None:
    assert "could not run" in unnoticed(entry("def enter", "def leave"), Copy(project))


def test_the_copy_is_whole_again_afterwards(project: Path) -> None:
    whole, copy = (project / "door.py").read_text(), Copy(project)
    unnoticed(entry(), copy)
    assert (project / "door.py").read_text() == whole
    assert copy.play(["test_door.py"]).ended == GREEN


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
