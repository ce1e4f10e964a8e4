"""Take each guard away, on purpose and in a copy of the project, and see that the named tests turn red.

    python -m tests.mutants [--area AREA] [--name WORDS] [--since REVISION] [--keep FILE] [--passed FOLDER]

Area by area, first all its named tests run unbroken: one that is not green there would say nothing, and its breaks count as unnoticed.
Those that passed since the project's last change need not, where a record of that is named (`tests.passed`). What became of each break is
kept in a file, where one is named: a run that was interrupted goes on where it was, and what stayed green is tried again.
"""

from __future__ import annotations

import argparse
import queue
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Set
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path

from tests.mutants.breaks import ROOT, BadList, Break, faults, read_lists
from tests.mutants.copies import Copy, copy_project, project_files
from tests.mutants.kept import Kept, Outcome
from tests.mutants.noted import GREEN, LATE, RED, Noted
from tests.passed import passed

LINES_TOLD = 40  # of what pytest printed, where tests did not end as they must
WHY_TOLD = 150  # characters of why a test is red


def chosen(entries: list[Break], areas: list[str], words: str, since: str) -> list[Break]:
    """The breaks that were asked for; `since`, those whose code, tests or list changed after a revision."""
    found = [each for each in entries if (not areas or each.area in areas) and words.casefold() in each.name.casefold()]
    if not since:
        return found
    changed = _changed(since)
    return [each for each in found if _touched(each) & changed]


def _changed(since: str) -> set[str]:
    told = subprocess.run(["git", "diff", "--name-only", since], cwd=ROOT, check=True, capture_output=True, text=True)
    return set(told.stdout.splitlines())


def _touched(entry: Break) -> set[str]:
    return {*entry.files, f"tests/mutants/{entry.area}.yaml"}


def attempt(entry: Break, copy: Copy) -> Outcome:
    """Break the copy and play the tests of the break."""
    started = time.monotonic()
    with copy.broken(entry):
        played = copy.play(entry.tests, entry.endless)
    unnoticed, printed = _unnoticed(entry, played)
    return Outcome(noticed=not unnoticed, why=unnoticed or played.why, printed=printed, seconds=time.monotonic() - started)


def _unnoticed(entry: Break, played: Noted) -> tuple[str, str]:
    """Why the break was not noticed, nothing when all turned red, and what pytest printed, where that says more."""
    if not played.could_play:
        return f"{', '.join(entry.tests)} could not run (pytest ended with {played.ended})", played.printed
    enough = {RED, LATE} if entry.endless else {RED}
    others = {test: how for test, how in played.of(entry.tests).items() if how not in enough}
    return ", ".join(f"{test}: {how}" for test, how in others.items()), "" if set(others.values()) <= {GREEN} else played.printed


def known_green(folder: Path | None) -> set[str]:
    """Ids of tests that passed by a record in the folder, since any file of the project was changed."""
    if folder is None:
        return set()
    return passed(folder.glob("*"), since=max(file.stat().st_mtime for file in project_files() if file.is_file()))


def not_green(entries: list[Break], copies: list[Copy], green: Set[str]) -> dict[str, str]:
    """Play the named tests that are not known to be green without a break, a part in each copy: those that are not, each with how it ended
    and what was printed."""
    tests = list(dict.fromkeys(test for entry in entries for test in entry.tests if test not in green))
    files = sorted({test.partition("::")[0] for test in tests})
    parts = [[test for test in tests if files.index(test.partition("::")[0]) % len(copies) == number] for number in range(len(copies))]

    def play(copy: Copy, part: list[str]) -> dict[str, str]:
        played = copy.play(part)
        how = played.of(part) if played.could_play else dict.fromkeys(part, f"pytest ended with {played.ended}")
        return {test: f"{each}\n{_last(played.printed)}" for test, each in how.items() if each != GREEN}

    with ThreadPoolExecutor(len(copies)) as pool:
        found = pool.map(lambda each: play(*each) if each[1] else {}, zip(copies, parts, strict=True))
    return {test: how for each in found for test, how in each.items()}


def try_area(entries: list[Break], copies: list[Copy], tell: Callable[[Break, Outcome], None], green: Set[str] = frozenset()) -> None:
    """Tries the breaks of an area, one in each copy at a time, and tells what became of each; `green` are tests known to be."""
    unfit = not_green(entries, copies, green)
    for test, how in unfit.items():
        print(f"✗ without a break {test}: {how}", flush=True)
    free: queue.SimpleQueue[Copy] = queue.SimpleQueue()
    for copy in copies:
        free.put(copy)

    def one(entry: Break) -> None:
        if wrong := [test for test in entry.tests if test in unfit]:
            tell(entry, Outcome(noticed=False, why=f"not green without a break: {', '.join(wrong)}"))
            return
        copy = free.get()
        try:
            outcome = attempt(entry, copy)
        finally:
            free.put(copy)
        tell(entry, outcome)

    with ThreadPoolExecutor(len(copies)) as pool:
        for _ in pool.map(one, entries):
            pass


def _told(entry: Break, outcome: Outcome) -> None:
    print(f"{'✓' if outcome.noticed else '✗'} {entry.area}: {entry.name} ({outcome.seconds:.0f} s)", flush=True)
    print(f"    {outcome.why[:WHY_TOLD] if outcome.noticed else outcome.why}", flush=True)
    if outcome.printed:
        print(_last(outcome.printed), flush=True)


def _last(printed: str) -> str:
    return "\n".join(f"    {line}" for line in printed.splitlines()[-LINES_TOLD:])


def summary(entries: list[Break], kept: Kept, seconds: float) -> str:
    """Breaks, red ones and green ones, of each area and together."""
    lines = [f"{'area':<12}{'breaks':>8}{'red':>8}{'green':>8}"]
    areas = [(area, list(of_area)) for area, of_area in groupby(entries, key=lambda entry: entry.area)]
    for area, those in [*areas, ("together", entries)]:
        red = sum(kept.noticed(each) for each in those)
        lines.append(f"{area:<12}{len(those):>8}{red:>8}{len(those) - red:>8}")
    return "\n".join([*lines, f"{seconds:.0f} s"])


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutants", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--area", action="append", default=[], help="only this list (may be given again)")
    parser.add_argument("--name", default="", help="only breaks whose name has these words")
    parser.add_argument("--since", default="", metavar="REVISION", help="only breaks whose code, tests or list changed since")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="keep what became of each break, and leave out what was noticed before")
    parser.add_argument("--at-once", type=int, default=2, metavar="COPIES", help="breaks that are tried beside each other (2)")
    parser.add_argument("--passed", type=Path, metavar="FOLDER", help="records of tests that passed: these are not played unbroken")
    asked, started = parser.parse_args(), time.monotonic()
    try:
        entries = chosen(read_lists(), asked.area, asked.name, asked.since)
    except BadList as error:
        print(error)
        return 1
    wrong = [f"✗ {entry.area}: {entry.name}: {fault}" for entry in entries for fault in faults(entry)]
    if wrong:
        print("\n".join(wrong))
        return 1
    kept = Kept(asked.keep)
    waiting = [each for each in entries if not kept.noticed(each)]

    def tell(entry: Break, outcome: Outcome) -> None:
        kept.add(entry, outcome)
        _told(entry, outcome)

    green = known_green(asked.passed)
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copies = [copy_project(Path(folder, str(number))) for number in range(min(asked.at_once, len(waiting)))]
        for _, of_area in groupby(waiting, key=lambda entry: entry.area):
            try_area(list(of_area), copies, tell, green)
    print(summary(entries, kept, time.monotonic() - started))
    return 0 if all(map(kept.noticed, entries)) else 1


if __name__ == "__main__":
    sys.exit(main())
