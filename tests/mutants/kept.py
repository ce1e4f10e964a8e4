"""What became of each break, in a file where one is named: a line of JSON each, which counts until the break, its code or its tests change.

That is for a run that goes on after it was interrupted. Other code may have changed since, so a whole run begins with a new file.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.breaks import ROOT, Break


@dataclass(frozen=True)
class Outcome:
    """What became of one break."""

    noticed: bool
    why: str  # of the first test that is red; else why that is not so
    printed: str = ""  # by pytest, where that says more
    seconds: float = 0.0


class Kept:
    """The outcomes of this run and of those before it that used the same file."""

    def __init__(self, file: Path | None, root: Path = ROOT) -> None:
        self._file, self._root = file, root
        self._noticed: dict[str, bool] = {}  # by digest
        self._digests: dict[str, str] = {}  # as all was when it was first asked for: the copies stay so, whatever is edited meanwhile
        if file is not None and file.exists():
            for line in file.read_text().splitlines():
                before = json.loads(line)
                self._noticed[before["digest"]] = before["noticed"]

    def add(self, entry: Break, outcome: Outcome) -> None:
        """Write it down at once."""
        digest = self._digest(entry)
        self._noticed[digest] = outcome.noticed
        if self._file is not None:
            line = {"area": entry.area, "name": entry.name, "noticed": outcome.noticed, "why": outcome.why}
            with self._file.open("a") as file:
                file.write(json.dumps({**line, "seconds": round(outcome.seconds, 1), "digest": digest}, ensure_ascii=False) + "\n")

    def noticed(self, entry: Break) -> bool:
        """Whether all its tests were red, with the code and the tests as they stand."""
        return self._noticed.get(self._digest(entry), False)

    def _digest(self, entry: Break) -> str:
        said = entry.model_dump_json()
        if said not in self._digests:
            texts = [(self._root / name).read_bytes() for name in entry.files if (self._root / name).is_file()]
            self._digests[said] = hashlib.sha256(b"\0".join([said.encode(), *texts])).hexdigest()
        return self._digests[said]
