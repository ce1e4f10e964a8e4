"""Take each guard away, on purpose and in a copy of the project, and see that the named tests turn red.

    python -m tests.mutants [--area AREA] [--name WORDS] [--since REVISION]

First all named tests run unbroken: they must be green, or a red one would say nothing.
"""

from __future__ import annotations

import argparse
import queue
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.mutants.breaks import ROOT, BadList, Break, faults, read_lists
from tests.mutants.copies import GREEN, RED, Copy, copy_project

AT_ONCE = 2
LINES_TOLD = 40  # of what pytest printed, where a break's tests did not end as they must


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
    return {entry.file, f"tests/mutants/{entry.area}.yaml", *map(_file, entry.tests)}


def unnoticed(entry: Break, copy: Copy) -> str:
    """Why the break was not noticed: which of its tests stayed green, or how pytest ended; nothing when all turned red."""
    with copy.broken(entry):
        played = copy.play(entry.tests)
    if played.ended not in (GREEN, RED):
        return f"{', '.join(entry.tests)} could not run (pytest ended with {played.ended})\n{_last(played.printed)}"
    return ", ".join(f"{test} stays green" for test in entry.tests if test not in played.red)


def all_green(entries: list[Break], copies: list[Copy]) -> str:
    """Play all named tests without a break, a part in each copy. Returns what was printed where not all are green."""
    files = sorted({_file(test) for entry in entries for test in entry.tests})
    tests = list(dict.fromkeys(test for entry in entries for test in entry.tests))
    parts = [[test for test in tests if files.index(_file(test)) % len(copies) == number] for number in range(len(copies))]
    with ThreadPoolExecutor(len(copies)) as pool:
        played = [each for each in pool.map(lambda copy, part: copy.play(part) if part else None, copies, parts) if each]
    return "\n".join(f"pytest ended with {each.ended}\n{_last(each.printed)}" for each in played if each.ended != GREEN)


def _file(test: str) -> str:
    return test.partition("::")[0]


def try_all(entries: Iterable[Break], copies: list[Copy]) -> int:
    """Tries breaks, one in each copy at a time, and prints a line each; returns how many were noticed."""
    free: queue.SimpleQueue[Copy] = queue.SimpleQueue()
    for copy in copies:
        free.put(copy)

    def attempt(entry: Break) -> bool:
        copy, started = free.get(), time.monotonic()
        try:
            reason = unnoticed(entry, copy)
        finally:
            free.put(copy)
        print(f"{'✗' if reason else '✓'} {entry.area}: {entry.name} ({time.monotonic() - started:.0f} s)", flush=True)
        if reason:
            print(f"    {reason}", flush=True)
        return not reason

    with ThreadPoolExecutor(len(copies)) as pool:
        return sum(pool.map(attempt, entries))


def _last(printed: str) -> str:
    return "\n".join(f"    {line}" for line in printed.splitlines()[-LINES_TOLD:])


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutants", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--area", action="append", default=[], help="only this list (may be given again)")
    parser.add_argument("--name", default="", help="only breaks whose name has these words")
    parser.add_argument("--since", default="", metavar="REVISION", help="only breaks whose code, tests or list changed since")
    asked = parser.parse_args()
    try:
        entries = chosen(read_lists(), asked.area, asked.name, asked.since)
    except BadList as error:
        print(error)
        return 1
    wrong = [f"✗ {entry.area}: {entry.name}: {fault}" for entry in entries for fault in faults(entry)]
    if wrong:
        print("\n".join(wrong))
        return 1
    if not entries:
        print("0 of 0 breaks noticed: none was asked for")
        return 0
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copies = [copy_project(Path(folder, str(number))) for number in range(min(AT_ONCE, len(entries)))]
        if faulty := all_green(entries, copies):
            print(f"✗ the tests are not green without a break: {faulty}")
            return 1
        noticed = try_all(entries, copies)
    print(f"{noticed} of {len(entries)} breaks noticed")
    return 0 if noticed == len(entries) else 1


if __name__ == "__main__":
    sys.exit(main())
