"""The record of tests that passed: what it proves, and what it does not."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.passed import passed

ROOT = Path(__file__).parents[1]
TESTS = """
import pytest

@pytest.mark.parametrize("n", [1, 2])
def test_numbers(n):
    assert n

class TestDoor:
    def test_opens(self):
        pass

    def test_shuts(self):
        pytest.fail("it squeaks")

def test_elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

def test_left_out():
    pytest.skip("not here")
"""


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """Of a suite of which one test fails and one is left out."""
    (tmp_path / "test_it.py").write_text(TESTS)
    (tmp_path / "test_well.py").write_text("def test_well(): pass")
    asked = ["-q", "-c", "/dev/null", f"--rootdir={tmp_path}", "-p", "no:cacheprovider", "-p", "tests.passed", "--passed-to", "told/suite"]
    played = subprocess.run([sys.executable, "-m", "pytest", *asked], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, timeout=60, check=False)
    assert played.returncode == 1
    return tmp_path / "told/suite"


def test_a_function_a_class_or_a_file_passed_when_no_test_of_it_failed(record: Path) -> None:
    well = {"test_it.py::test_numbers[1]", "test_it.py::test_numbers[2]", "test_it.py::test_numbers", "test_it.py::TestDoor::test_opens"}
    well |= {"test_it.py::test_elsewhere"}
    assert passed([record], since=0) == {*well, "test_well.py::test_well", "test_well.py"}


def test_what_was_played_before_the_last_change_proves_nothing(record: Path) -> None:
    assert passed([record], since=time.time()) == set()
