"""What somebody typed, taken apart: words, facets, a build number (docs/triage.md#search)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from argus.domain.run_keys import SHORTEST
from argus.kit.clock import now
from argus.kit.errors import DataValidationError

LONGEST = 400  # characters that are looked at
MOST_WORDS = 12
FACETS = ("status", "assignee", "version", "since", "type")
FACET = re.compile(rf'^({"|".join(FACETS)}):"?(.*?)"?$')
PARTS = re.compile(r'(?:[^\s"]|"[^"]*")+')
HEX = re.compile(r"[0-9a-f]+")
UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


@dataclass(frozen=True, slots=True)
class Query:
    """Everything is lower case, and all of it must match."""

    words: tuple[str, ...] = ()
    number: int | None = None
    status: str | None = None
    assignee: str | None = None
    version: str | None = None
    since: datetime | None = None
    kind: str | None = None

    @classmethod
    def of(cls, typed: str) -> Query:
        """
        Raises:
            DataValidationError: `since:` holds no period such as `7d` and no date, or there are too many words.
        """
        words: list[str] = []
        facets: dict[str, str] = {}
        number: int | None = None
        for part in PARTS.findall(typed[:LONGEST].lower()):
            if facet := FACET.match(part):
                if facet[2]:
                    facets[facet[1]] = facet[2]
            elif re.fullmatch(r"#\d{1,9}", part):
                number = int(part[1:])
            else:
                words.append(part.replace('"', ""))
        if len(words) > MOST_WORDS:
            raise DataValidationError(f"at most {MOST_WORDS} words")
        since = _since(facets["since"]) if "since" in facets else None
        return cls(
            words=tuple(word for word in words if word),
            number=number,
            status=facets.get("status"),
            assignee=facets.get("assignee"),
            version=facets.get("version"),
            since=since,
            kind=facets.get("type"),
        )

    @property
    def about_runs(self) -> bool:
        return any(value is not None for value in (self.status, self.assignee, self.version, self.since))

    @property
    def empty(self) -> bool:
        return not self.words and self.number is None and not self.about_runs

    @property
    def id_digits(self) -> str | None:
        """The beginning of an id, if that is what was typed and nothing else."""
        if len(self.words) != 1:
            return None
        digits = self.words[0].replace("-", "")
        return digits if SHORTEST <= len(digits) <= 32 and HEX.fullmatch(digits) else None


def _since(text: str) -> datetime:
    if found := re.fullmatch(r"(\d{1,4})([hdw])", text):
        return now() - int(found[1]) * UNITS[found[2]]
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        raise DataValidationError("since: takes a period (12h, 7d, 2w) or a date (2026-11-29)", text[:40]) from None
