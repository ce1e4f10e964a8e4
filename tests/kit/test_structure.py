"""What keeps modules readable: none is long, and no feature repeats another one's lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tests.serving import ROOT

FEATURES = ROOT / "argus" / "features"
KIT = ROOT / "packages" / "strangler"
CODE = (ROOT / "argus", KIT / "strangler", ROOT / "tests", KIT / "tests", ROOT / "bench")
AS_GIVEN = ROOT / "tests" / "golden" / "golden.py"  # kept as it was recorded with
LONGEST = 400  # lines of a module
REPEATED = 10  # lines in a row that say something

Place = tuple[str, str, int]
"""A feature, a file of it, a line."""


def modules() -> list[Path]:
    return [file for folder in CODE for file in sorted(folder.rglob("*.py")) if file != AS_GIVEN]


def feature_of(file: Path) -> str:
    """The folder that a file belongs to; subjects of the tracker are features of their own."""
    parts = file.relative_to(FEATURES).parts
    return "/".join(parts[: 2 if parts[0] == "tracker" else 1])


def telling(file: Path) -> list[tuple[int, str]]:
    """The lines of a file that say something, with their numbers: no blanks, comments, imports and lone brackets."""
    found = ((number, line.strip()) for number, line in enumerate(file.read_text().splitlines(), 1))
    return [(number, line) for number, line in found if len(line) > 3 and not line.startswith(("#", "import ", "from "))]


def runs(file: Path) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Each `REPEATED` lines in a row, with the number of the first."""
    lines = telling(file)
    for at in range(len(lines) - REPEATED + 1):
        yield lines[at][0], tuple(line for _, line in lines[at : at + REPEATED])


def repeated(files: list[Path]) -> list[list[Place]]:
    """Where several features have the same lines."""
    places: dict[tuple[str, ...], list[Place]] = defaultdict(list)
    for file in files:
        for number, lines in runs(file):
            places[lines].append((feature_of(file), file.name, number))
    return [found for found in places.values() if len({feature for feature, _, _ in found}) > 1]


def test_no_module_is_long() -> None:
    lengths = {str(file.relative_to(ROOT)): len(file.read_text().splitlines()) for file in modules()}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST} == {}


def test_no_feature_repeats_lines_of_another() -> None:
    assert repeated(sorted(FEATURES.rglob("*.py"))) == []


def test_lines_in_a_row_are_those_that_say_something(tmp_path: Path) -> None:
    text = "".join(f"value_{number} = {number}\n" for number in range(REPEATED))
    one, other = FEATURES / "tracker" / "one" / "a.py", FEATURES / "tracker" / "other" / "b.py"
    assert (feature_of(one), feature_of(other)) == ("tracker/one", "tracker/other")
    file = tmp_path / "a.py"
    file.write_text(f"import os\n\n# a comment\n{text})\n")
    assert [number for number, _ in runs(file)] == [4]
