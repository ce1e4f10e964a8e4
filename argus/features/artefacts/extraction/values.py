"""The values of cells: what a text means in a column of a type, or why it means nothing. No value is ever made up."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from argus.models.enums import ResultType

Value = float | int | str | None

LONGEST = 100  # characters of a number
EXACT = 2**53  # integers below are stored as they are: a result's cell is a double
ABSENT = frozenset({"", "-", "–", "—", "n/a", "na", "null", "none", "nil"})
MINUS = str.maketrans({"−": "-", "\u00a0": " ", "\u202f": " ", "\u2009": " ", "’": "'"})

PLAIN = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:([, '])[0-9]{3})(?:\1[0-9]{3})*(\.[0-9]+)?")
GROUPED_BY_POINTS = re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{3})+(,[0-9]+)|[+-]?[0-9]{1,3}(?:\.[0-9]{3}){2,}")
DECIMAL_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+(?:[eE][+-]?[0-9]{1,4})?")
NUMBER_AND_UNIT = re.compile(r"([+-]?[0-9.,' ]*[0-9.](?:[eE][+-]?[0-9]{1,4})?) *([^\s0-9.,][^0-9]{0,19})?")
CLOCK = re.compile(r"([+-]?)(?:([0-9]{1,6}):)?([0-9]{1,4}):([0-9]{1,2}(?:\.[0-9]{1,9})?)")
PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(d|h|min|m|s|sec|ms|us|µs|μs|ns)\b", re.IGNORECASE)
SECONDS = {
    "d": 86400.0,
    "h": 3600.0,
    "min": 60.0,
    "m": 60.0,
    "s": 1.0,
    "sec": 1.0,
    "ms": 1e-3,
    "us": 1e-6,
    "µs": 1e-6,
    "μs": 1e-6,
    "ns": 1e-9,
}


@dataclass(frozen=True, slots=True)
class Unfit:
    """A text that is no value of its column's type, and why."""

    reason: str


def is_number(text: str) -> bool:
    """Whether a text is a number as programs write it."""
    return len(text) <= LONGEST and PLAIN.fullmatch(text) is not None


def value_of(text: str, kind: str, unit: str = "") -> Value | Unfit:
    """What a cell's text means in a column of a type (`ResultType`): None where nothing stands, the number of seconds of a duration."""
    if kind == ResultType.TEXT:
        return text or None
    plain = text.translate(MINUS).strip()
    if plain.lower() in ABSENT:
        return None
    if len(plain) > LONGEST:
        return Unfit("too long for a number")
    if kind == ResultType.DURATION:
        return _seconds(plain, unit)
    number = _number(_without_unit(plain, unit), whole=kind == ResultType.INTEGER)
    return number if isinstance(number, Unfit) or kind != ResultType.INTEGER else _whole(number)


def _without_unit(text: str, unit: str) -> str | Unfit:
    found = NUMBER_AND_UNIT.fullmatch(text)
    if not found:
        return text
    number, given = found[1].strip(), (found[2] or "").strip()
    if given and given != unit.translate(MINUS).strip():
        return Unfit(f"in {given[:20]}, not in {unit}" if unit else f"a number with {given[:20]!r} behind it")
    return number


def _number(text: str | Unfit, whole: bool) -> float | Unfit:
    if isinstance(text, Unfit):
        return text
    if PLAIN.fullmatch(text):
        return _finite(text)
    if found := GROUPED.fullmatch(text):
        # `1,234` may be a thousand or one and a bit; where only whole numbers stand it is a thousand
        if found[1] == "," and not found[2] and text.count(",") == 1 and not whole:
            return Unfit("ambiguous: the comma may separate thousands or decimals")
        return _finite(text.replace(found[1], ""))
    if GROUPED_BY_POINTS.fullmatch(text):
        return _finite(text.replace(".", "").replace(",", "."))
    if DECIMAL_COMMA.fullmatch(text):
        return _finite(text.replace(",", "."))
    return Unfit("no number")


def _finite(text: str) -> float | Unfit:
    number = float(text)
    return number if math.isfinite(number) else Unfit("larger than any number that can be stored")


def _whole(number: float) -> int | Unfit:
    if not number.is_integer():
        return Unfit("no whole number")
    if abs(number) >= EXACT:
        return Unfit(f"not below {EXACT}, where whole numbers cannot be stored exactly")
    return int(number)


def _seconds(text: str, unit: str) -> float | Unfit:
    if found := CLOCK.fullmatch(text):
        sign, hours, minutes, seconds = found.groups()
        if float(seconds) >= 60 or (hours is not None and int(minutes) >= 60):
            return Unfit("no time: minutes and seconds go up to 59")
        total = int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds)
        return -total if sign == "-" else total
    parts = PART.findall(text)
    if parts and not PART.sub("", text).strip():
        return sum(float(amount) * SECONDS[name.lower()] for amount, name in parts)
    number = _number(text, whole=False)
    if isinstance(number, Unfit):
        return Unfit("no length of time")
    # a plain number is in the unit of its column
    factor = SECONDS.get(unit.strip().lower() or "s")
    return number * factor if factor is not None else Unfit(f"the unit {unit} is none of time")
