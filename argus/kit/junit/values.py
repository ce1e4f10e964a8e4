"""Numbers, times and outcomes in the spellings that writers of JUnit documents use."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_NUMBER = 40  # characters; longer ones are no numbers
MOST_SECONDS = 1e10  # 300 years
MOST = 2**31 - 1  # of what is counted
YEARS = range(1970, 2200)  # .NET writes the year 1 for "no time"

SPACES = re.compile(r"[\s'’_\u066c]")  # between groups of digits; \s has the narrow and fixed blanks too
GROUPED = re.compile(r"[1-9]\d{0,2}(,\d{3})+")
DECIMAL_COMMA = re.compile(r"\d+,\d+")
UNITS = re.compile(r"(ms|s|sec|secs|seconds)\Z")
CLOCK = re.compile(r"(\d+):(\d{1,2}):(\d{1,2}(?:\.\d+)?)\Z")
FORMS = (
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
    "%Y/%m/%d %H:%M:%S",
    "%d.%m.%Y %H:%M:%S",
    "%a %b %d %H:%M:%S %Y",
    "%a %b %d %H:%M:%S UTC %Y",
)

BY_ATTRIBUTE = {
    **dict.fromkeys(("skipped", "skip", "ignored", "pending", "inconclusive", "todo"), "skipped"),
    **dict.fromkeys(("notrun", "not_run", "suppressed", "disabled", "notexecuted"), "disabled"),
    **dict.fromkeys(("fail", "failed", "failure"), "failure"),
    **dict.fromkeys(("error", "errored", "broken"), "error"),
}
"""Values of `result` and `status` of a case that has no element to say so: GoogleTest, CTest and others."""


def commas_are_decimal(texts: Iterable[str]) -> bool:
    """Whether a document writes `1,5` for one and a half: some time has a comma that cannot part thousands."""
    return any(DECIMAL_COMMA.fullmatch(text.strip()) and not GROUPED.fullmatch(text.strip()) for text in texts)


def seconds_of(text: str | None, decimal_comma: bool = False) -> float | None:
    """Seconds, also grouped (`1,234.5`), with a decimal comma, with a unit or as `0:01:02.5`; None when it is no finite length of time.

    Args:
        decimal_comma: what a comma before three digits means, which one number alone does not tell.
    """
    if text is None or not text.strip() or len(text) > LONGEST_NUMBER:
        return None
    bare = SPACES.sub("", text).lower().replace("٫", ".")
    if clock := CLOCK.match(bare):
        return int(clock[1]) * 3600 + int(clock[2]) * 60 + float(clock[3])
    unit = UNITS.search(bare)
    number = _number(UNITS.sub("", bare), decimal_comma)
    if number is None or not 0 <= number <= MOST_SECONDS:  # NaN is not either
        return None
    return number / 1000 if unit and unit[1] == "ms" else number


def _number(text: str, decimal_comma: bool) -> float | None:
    comma, dot = text.rfind(","), text.rfind(".")
    if comma > dot >= 0 or (dot < 0 <= comma and text.count(",") == 1 and (decimal_comma or not GROUPED.fullmatch(text))):
        text = text.replace(".", "").replace(",", ".")
    elif text.count(".") > 1:
        text = text.replace(".", "")
    try:
        return float(text.replace(",", ""))
    except ValueError:
        return None


def count_of(text: str | None) -> int | None:
    """How many, also grouped or as `3.0`; None when the text tells no number of things."""
    number = seconds_of(text)
    return None if number is None or number != int(number) or number > MOST else int(number)


def moment_of(text: str | None) -> datetime | None:
    """A naive UTC time from ISO-8601 (one without a zone counts as UTC), epoch seconds or milliseconds, the forms of mail, C and Java;
    None when it is none of these.
    """
    if text is None or len(text := text.strip()) > LONGEST_NUMBER:
        return None
    for read in (_iso, _epoch, parsedate_to_datetime, _formatted):
        with suppress(ValueError, TypeError, OverflowError, OSError, IndexError):
            found = read(text)
            found = found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found
            if found.year in YEARS:
                return found
    return None


def _iso(text: str) -> datetime:
    return datetime.fromisoformat(text.removesuffix("[UTC]"))


def _epoch(text: str) -> datetime:
    number = float(text)
    return datetime.fromtimestamp(number / 1000 if number > 1e11 else number, UTC)


def _formatted(text: str) -> datetime:
    for form in FORMS:
        with suppress(ValueError):
            return datetime.strptime(text, form)
    raise ValueError(text)


def outcome_of_attributes(given: Mapping[str, str]) -> str | None:
    """What a case's own attributes say of it; None when they do not."""
    for key in ("result", "status"):
        if found := BY_ATTRIBUTE.get(given.get(key, "").strip().lower()):
            return found
    return "disabled" if given.get("executed", "").lower() == "false" or given.get("disabled", "").lower() == "true" else None
