"""The file in which workers tell each other how many connections they have."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from argus.cli.sharing_out import Counts

ANOTHER = """
import sys
from pathlib import Path
from argus.cli.sharing_out import Counts

counts = Counts(Path(sys.argv[1]))
counts.set(3)
print(counts.somebody_has_fewer(3), counts.somebody_has_fewer(2), flush=True)
sys.stdin.read()
"""


def test_workers_beside_each_other_see_who_has_fewer_until_one_leaves_or_dies(tmp_path: Path) -> None:
    path = tmp_path / "counts"
    path.touch()
    ours = Counts(path)
    ours.set(2)
    command = [sys.executable, "-c", ANOTHER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "True False\n"
        assert (ours.somebody_has_fewer(4), ours.somebody_has_fewer(3)) == (True, False)
        other.kill()
    assert not ours.somebody_has_fewer(4)
    ours.leave()
