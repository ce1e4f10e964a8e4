"""The gate counts what its steps count, stops at a failure, and says what it left out and why."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from operator import methodcaller
from pathlib import Path

import pytest

from tests.gate import counts
from tests.gate.__main__ import summary
from tests.gate.counts import Counts
from tests.gate.machine import Machine
from tests.gate.play import Player
from tests.gate.steps import EVERYTHING, GATE, Step, pytest_step


class Bare(Machine):
    """A machine that has nothing, and on which nothing is started."""

    def __init__(self) -> None:
        pass

    def no_cassandra(self) -> str:
        return "no Java 17 here"

    def no_browser(self) -> str:
        return "no Chromium on this machine"


def step(name: str, code: str = "", **options: object) -> Step:
    return Step(name, (sys.executable, "-c", code), **options)  # type: ignore[arg-type]


def player(folder: Path, stop_early: bool = True) -> Player:
    return Player(Bare(), folder, stop_early)


@pytest.mark.parametrize(
    ("read", "output", "expected"),
    [
        (counts.of_pytest, "....\n27 passed in 11.23s\n", Counts(27)),
        (counts.of_pytest, "1 failed, 3 passed, 2 skipped, 9 deselected, 1 xfailed, 1 error in 601.23s (0:10:01)\n", Counts(3, 2, 3)),
        (counts.of_pytest, "== 3 passed, 1 warning in 1.23s ==\n", Counts(3)),
        (counts.of_pytest, "Traceback …\n", Counts()),
        (counts.of_vitest, "\x1b[2m      Tests \x1b[22m \x1b[1m\x1b[32m71 passed\x1b[39m\x1b[22m\x1b[90m (71)\x1b[39m\n", Counts(71)),
        (counts.of_vitest, "      Tests  1 failed | 70 passed (71)\n", Counts(70, 1)),
        (
            counts.of_golden,
            "134/135 scenarios, 3494/3496 steps equal the recording\n" * 2 + "everything equals the recordings, but for two images\n",
            Counts(270),
        ),
        (counts.of_golden, "130/135 scenarios, 3400/3496 steps equal the recording\ndifferences on: sqlite/flask\n", Counts(130, 5)),
        (counts.of_parity, "all                5260 requests    2 differences    1 answers of 500, 60 s\n", Counts(5257, 3)),
        (counts.of_mutants, "✓ …\ntogether          43      41       2\n12 s\n", Counts(41, 2)),
    ],
)
def test_what_a_step_prints_is_counted(read: object, output: str, expected: Counts) -> None:
    assert read(output) == expected  # type: ignore[operator]


def test_the_gate_stops_at_the_first_failure(tmp_path: Path) -> None:
    played, started = player(tmp_path), time.monotonic()
    played.beside(((step("bad", "print('why'); raise SystemExit(3)"), step("never")), (step("long", "import time; time.sleep(60)"),)))
    found = {each.step.name: each for each in played.results}
    assert {name: each.state for name, each in found.items()} == {"bad": "failed", "never": "stopped", "long": "stopped"}
    assert "why" in found["bad"].output
    assert "ended with 3" in found["bad"].reason
    assert time.monotonic() - started < 30


SAYS = "print('FAILED tests/a.py::test_x - AssertionError: no'); print('1 failed, 5 passed in 2.00s'); raise SystemExit(1)"


def by_itself(code: str, first: str = SAYS) -> Step:
    return step("suite", first, counted=counts.of_pytest, again=(sys.executable, "-c", code))


def test_a_test_that_passes_by_itself_is_told_and_holds_nothing_up(tmp_path: Path) -> None:
    played = player(tmp_path)
    played.track((by_itself("print('1 passed, 5 deselected in 1.00s')"), step("next", counted=counts.of_one)))
    assert [each.state for each in played.results] == ["passed", "passed"]
    lines = summary(played.results, 3).splitlines()
    assert lines[-4:-2] == ["Unsteady (failed beside the others, passed by themselves):", "FAILED tests/a.py::test_x - AssertionError: no"]
    assert lines[-1] == "==== 7 passed in 3.00s ===="


@pytest.mark.parametrize("code", [SAYS, "print('no tests ran in 0.01s')", "print('1 skipped in 0.01s')"], ids=["red", "nothing", "skipped"])
def test_a_test_that_does_not_pass_by_itself_is_a_failure(tmp_path: Path, code: str) -> None:
    played = player(tmp_path)
    played.track((by_itself(code), step("next")))
    assert [each.state for each in played.results] == ["failed", "stopped"]
    assert "Failed:\nFAILED tests/a.py::test_x - AssertionError: no" in summary(played.results, 3)


def test_many_tests_that_fail_are_no_moment_of_the_machine(tmp_path: Path) -> None:
    played = player(tmp_path)
    played.track((by_itself("print('4 passed in 1.00s')", "print('4 failed, 5 passed in 2.00s'); raise SystemExit(1)"),))
    assert [each.state for each in played.results] == ["failed"]


def test_what_failed_in_a_suite_is_what_is_played_again(tmp_path: Path) -> None:
    file, here = tmp_path / "test_two.py", ("-c", "/dev/null", "--rootdir", str(tmp_path), "-p", "no:schemathesis")
    file.write_text("import os\n\ndef test_a(): assert os.environ.get('AGAIN')\n\ndef test_b(): assert not os.environ.get('AGAIN')\n")
    asked = pytest_step("two", *here, "-o", f"cache_dir={tmp_path / 'cache'}", str(file))
    told = ("--passed-to", str(tmp_path / "told"))
    first, again = (
        subprocess.run(command, capture_output=True, text=True, env={**os.environ, **more})
        for command, more in (((*asked.command, *told), {}), (asked.again, {"AGAIN": "1"}))
    )
    assert counts.of_pytest(first.stdout) == Counts(1, 1)
    assert counts.of_pytest(again.stdout) == Counts(1)


def test_a_gate_that_is_told_to_end_leaves_nothing_running(tmp_path: Path) -> None:
    played = player(tmp_path)
    stopper = threading.Timer(0.5, played.stop)
    stopper.start()
    played.track((Step("long", ("sh", "-c", "sleep 300")), step("never")))
    stopper.join()
    assert [each.state for each in played.results] == ["stopped", "stopped"]


def test_all_goes_on_after_a_failure(tmp_path: Path) -> None:
    played = player(tmp_path, stop_early=False)
    played.beside(((step("bad", "raise SystemExit(1)"), step("good", counted=counts.of_one)),))
    assert [each.state for each in played.results] == ["failed", "passed"]


def test_a_step_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    played = player(tmp_path)
    played.track((Step("hangs", ("sh", "-c", "sleep 300 & echo $!; wait"), minutes=0.05),))
    (ended,) = played.results
    assert (ended.state, ended.reason) == ("failed", "took too long")
    until = time.monotonic() + 20
    while _runs(int(ended.output)):
        assert time.monotonic() < until
        time.sleep(0.02)


def _runs(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return state.rpartition(")")[2].split()[0] != "Z"


def test_what_cannot_run_here_is_named_with_the_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    played = player(tmp_path)
    played.track((step("golden, Cassandra", missing=methodcaller("no_cassandra")),))
    assert "left out" in capsys.readouterr().out
    assert "no Java 17 here" in summary(played.results, 1)


def test_the_last_line_is_a_summary_as_pytest_writes_it(tmp_path: Path) -> None:
    played = player(tmp_path, stop_early=False)
    one, two = "1.50s call     tests/a.py::test_x\n3 passed in 2.00s", "12.00s setup    tests/b.py::test_y\n1 failed, 2 passed in 13.00s"
    played.track((step("one", f"print({one!r})"), step("two", f"print({two!r}); raise SystemExit(1)")))
    lines = summary(played.results, 15.5).splitlines()
    assert lines[-1] == "==== 1 failed, 5 passed in 15.50s ===="
    assert lines[-2] == "FAILED: two"
    assert [line.split()[-1] for line in lines[2:4]] == ["tests/b.py::test_y", "tests/a.py::test_x"]


def test_no_two_steps_have_one_name() -> None:
    names = [each.name for tracks in EVERYTHING for track in tracks for each in track]
    assert len(names) == len(set(names))
    assert EVERYTHING[0] == GATE
