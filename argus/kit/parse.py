"""Values out of requests, with the contract's errors (docs/contract/conventions.md#the-error-envelope).

Path and query parameters reach endpoints as text and become values here, so that checks come in the contract's order.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from argus.kit.characters import may_hold_halves, whole_characters
from argus.kit.errors import ContentTypeMismatch, DataValidationError, MalformedBody, foreseen
from argus.kit.large_json import LARGE, Raw, one_at_a_time, read_large
from argus.kit.losses import begin
from argus.kit.numbers import json_float

E = TypeVar("E", bound=Enum)
T = TypeVar("T")
P = ParamSpec("P")


MISTAKES = (ValueError, TypeError, LookupError, AttributeError, OverflowError, SyntaxError)


def of_callers(parse: Callable[P, T]) -> Callable[P, T]:
    """What a value from outside raises is its caller's mistake."""

    @wraps(parse)
    def parsed(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return parse(*args, **kwargs)
        except MISTAKES as error:
            raise foreseen(error) from None

    return parsed


@of_callers
def uuid_of(value: Any) -> UUID:
    """A UUID from any spelling of one (docs/contract/conventions.md#uuids).

    Raises:
        ValueError: `badly formed hexadecimal UUID string`.
        TypeError: it is null: `one of the hex, bytes, …`.
        AttributeError: it is no text.
    """
    return value if isinstance(value, UUID) else UUID(value)


@of_callers
def int_of(value: Any) -> int:
    """An integer.

    Raises:
        ValueError: `invalid literal for int() with base 10: …`.
        TypeError: it is null.
    """
    return int(value)


def number_between(least: int, most: int, text: str | None, default: int, name: str) -> int:
    """A number that a route of ours bounds; `default` where none is given.

    Args:
        name: of the parameter, for people.

    Raises:
        DataValidationError: it is none, or beyond its bounds.
    """
    if not text:
        return default
    number = int(text[:9]) if text.isascii() and text.isdigit() else least - 1
    if not least <= number <= most:
        raise DataValidationError(f"{name} must be a number from {least} to {most}", text[:40])
    return number


MOST_ROWS = 10_000


def rows_of(value: Any, most: int = MOST_ROWS) -> int:
    """How many rows a caller asks for, at most `most`: nobody decides alone how much is read. What no store takes is left as it is.

    Raises:
        ValueError: `invalid literal for int() with base 10: …`.
        TypeError: it is null.
    """
    rows = int_of(value)
    return min(rows, most) if rows < 1 << 31 else rows


@of_callers
def flag_of(value: Any) -> bool:
    """An integer flag of a query (`limited=1`): 0 is false (docs/contract/conventions.md#query-parameters).

    Raises:
        ValueError: not an integer.
    """
    return bool(int(value))


@of_callers
def enum_of(cls: type[E], value: Any) -> E:
    """A member by its wire value.

    Raises:
        ValueError: `'x' is not a valid <Enum>`.
    """
    return cls(value)


@of_callers
def iso_of(value: Any) -> datetime:
    """A naive UTC time from ISO-8601 text.

    Raises:
        ValueError: `Invalid isoformat string: '…'`.
        TypeError: it is no text.
    """
    found = datetime.fromisoformat(value)
    return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found


@of_callers
def epoch_of(value: Any) -> datetime:
    """A naive UTC time from epoch seconds (float text accepted).

    Raises:
        ValueError, OverflowError: no number, or beyond all calendars.
        TypeError: null, true, false or no number at all.
    """
    if isinstance(value, bool):
        raise TypeError(f"float() argument must be a string or a real number, not '{type(value).__name__}'")
    return datetime.fromtimestamp(float(value), UTC).replace(tzinfo=None)


def number_at_end(url: str) -> int | None:
    """The number that the last segment of an address is, whatever query follows; None when it is none. It may be longer than 32 bits, as
    that of a GitHub Actions run is."""
    try:
        return int(re.split("[?#]", url, maxsplit=1)[0].rstrip("/").rpartition("/")[2])
    except ValueError:
        return None


@of_callers
def text_of(value: Any) -> str:
    """Text, refused before anything is stored if it is none, as the store would refuse it.

    Raises:
        AttributeError: `'list' object has no attribute 'encode'`.
    """
    if not isinstance(value, str):
        raise AttributeError(f"'{type(value).__name__}' object has no attribute 'encode'")
    return value


@of_callers
def need(body: Any, key: str) -> Any:
    """A key that must be in the body.

    Raises:
        KeyError: it is not.
        TypeError: the body is no object.
    """
    return body[key]


@of_callers
def record(cls: type[T], body: Mapping[str, Any]) -> T:
    """A body as a fixed record (a dataclass): no key missing, none beyond (docs/contract/conventions.md#json-bodies).

    Raises:
        TypeError: `<Record>.__init__() missing N required …` or `… got an unexpected keyword argument 'x'`; the body is no object.
    """
    assert is_dataclass(cls)
    if not isinstance(body, Mapping):  # Python's own text would tell where the class stands
        raise TypeError(f"{cls.__name__}() argument after ** must be a mapping, not {type(body).__name__}")
    return cls(**body)


def is_json(content_type: str | None) -> bool:
    """`application/json` or `application/*+json`, whatever parameters follow."""
    mime = (content_type or "").split(";")[0].strip().lower()
    return mime == "application/json" or (mime.startswith("application/") and mime.endswith("+json"))


def need_json(content_type: str | None) -> None:
    """Of a route that takes JSON (docs/contract/conventions.md#json-bodies).

    Raises:
        ContentTypeMismatch: the content type is another one, or none.
    """
    if not is_json(content_type):
        raise ContentTypeMismatch(content_type or None)


def json_body(content_type: str | None, raw: bytes) -> Any:
    """The body of a route that takes JSON.

    Raises:
        ContentTypeMismatch: the content type is another one, or none.
        MalformedBody: the body is not JSON.
        RequestEntityTooLarge: it holds too many values.
    """
    need_json(content_type)
    return loads(raw)


def loads(raw: Raw) -> Any:
    """JSON text as a value. `NaN`, the infinities and numbers beyond all bounds, which some writers send, are null: no value. Halves of
    characters, which no storage takes, become U+FFFD, and the answer says so.

    Raises:
        MalformedBody: it is not JSON.
    """
    begin()
    return loads_in_thread([raw])


def loads_in_thread(held: list[Raw]) -> Any:
    """As `loads`, for long texts: others go on meanwhile. The request's list of losses has begun before.

    Args:
        held: the text, alone; it is taken out.

    Raises:
        MalformedBody: it is not JSON.
        RequestEntityTooLarge: it holds too many values.
    """
    try:
        return json_value(held)
    except (ValueError, RecursionError):
        raise MalformedBody("The request body is not valid JSON") from None


def json_value(held: list[Raw], where: str = "") -> Any:
    """A JSON text as a value, of whatever length.

    Args:
        held: the text, alone; it is taken out.
        where: what the text is called, where halves of characters are told as lost.

    Raises:
        ValueError: it is not JSON.
        RecursionError: it is nested too deeply.
        RequestEntityTooLarge: it is long, and holds too many values.
    """
    if len(held[0]) <= LARGE:
        return _whole(held, _read, where)
    with one_at_a_time:
        return _whole(held, read_large, where)


def _whole(held: list[Raw], read: Callable[[list[Raw]], Any], where: str) -> Any:
    halves = may_hold_halves(held[0])
    value = read(held)
    return whole_characters(value, where) if halves else value


_decode = json.JSONDecoder(parse_constant=lambda name: None, parse_float=json_float).decode  # once: it takes longer than a short text


def _read(held: list[Raw]) -> Any:
    raw = held.pop()
    text = raw.decode(json.detect_encoding(raw), "surrogatepass")
    del raw
    return _decode(text)
