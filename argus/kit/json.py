"""The one JSON encoding of every answer, on both lanes (docs/contract/conventions.md#values-in-json).

Sorted keys, no spaces, ASCII, a newline at the end; times as `YYYY-MM-DDTHH:MM:SS.mmmZ`, truncated; NaN and infinities, which
JSON does not know, are null.

orjson writes it, several times as fast as the standard library (docs/decisions/0010-answers-by-orjson.md). What orjson refuses, the
library writes, or refuses in the words of the contract.
"""

from __future__ import annotations

import codecs
import dataclasses
import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from email.utils import format_datetime
from enum import Enum
from functools import cache, lru_cache
from json.encoder import encode_basestring_ascii
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin
from uuid import UUID

import orjson
from pydantic import BaseModel

from argus.kit.losses import losses
from argus.kit.numbers import finite

KNOWN = 16_384  # ids whose text is kept, about 4 MB

text_of_id: Callable[[UUID], str] = lru_cache(KNOWN)(str)
"""The text of an id. Answers name the same ones again and again, and finding it takes a third of making it."""


def timestamp(value: datetime) -> str:
    """`YYYY-MM-DDTHH:MM:SS.mmmZ`: milliseconds truncated, the wall clock as it stands."""
    plain = value if value.tzinfo is None else value.replace(tzinfo=None)
    return f"{plain.isoformat(timespec='milliseconds')}Z"


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return text_of_id(value)
    if isinstance(value, datetime):
        return timestamp(value)
    if isinstance(value, BaseModel):
        # a table's map columns have keys of any type; only at this level are they turned into text
        fields = value.__dict__
        maps = [k for k in _maps(type(value)) if isinstance(fields.get(k), dict)]
        return {**fields, **{k: {_key(i): v for i, v in fields[k].items()} for k in maps}} if maps else fields
    if isinstance(value, date):
        return format_datetime(datetime(value.year, value.month, value.day)).replace("-0000", "GMT")
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _key(key: Any) -> str:
    if isinstance(key, datetime):
        return timestamp(key)
    return key if isinstance(key, str) else str(key)


@cache
def _maps(model: type[BaseModel]) -> tuple[str, ...]:
    """The fields of a model that may hold a map: all but those whose values are known to be something else."""
    return tuple(name for name, field in model.model_fields.items() if not _is_no_map(field.annotation))


def _is_no_map(hint: Any) -> bool:
    parts = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    return all(part in _NO_MAPS or get_origin(part) in (list, set, tuple) for part in parts)


_NO_MAPS = (str, int, float, bool, bytes, UUID, datetime, date, Decimal, NoneType, list, set, tuple)
ESCAPED = "argus.escaped"
RARE = 50  # characters, of which one may be beyond ASCII for escaping it by itself to be cheaper
_FORM = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
_strict = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=_plain, allow_nan=False).encode


def _encode(value: Any) -> bytes:
    try:
        text = orjson.dumps(value, _plain, _FORM)
    except TypeError:  # keys that are no texts, whole numbers beyond 64 bits, halves of characters; or it has no form at all
        return _by_library(value).encode("ascii")
    if not text.isascii():
        told = text.decode()
        if (len(text) - len(told)) * RARE > len(told):  # the library escapes as it goes
            return _by_library(value).encode("ascii")
        text = told.encode("ascii", ESCAPED)
    return text.replace(b"\x7f", b"\\u007f")


def _escape(error: UnicodeError) -> tuple[str, int]:
    """What stands for characters beyond ASCII."""
    assert isinstance(error, UnicodeEncodeError)
    return encode_basestring_ascii(error.object[error.start : error.end])[1:-1], error.end


codecs.register_error(ESCAPED, _escape)


def _by_library(value: Any) -> str:
    try:
        return _strict(value)
    except ValueError as error:
        if not str(error).startswith("Out of range float"):  # a structure that holds itself
            raise
    return _strict(_finite(value))  # rare: the walk costs several times the encoding


def _finite(value: Any) -> Any:
    """The same with null for every number that is none."""
    if isinstance(value, float):
        return finite(value)
    if value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, dict):
        return {_key(key) if isinstance(key, float) else key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return _finite(_plain(value))


def encode(value: Any) -> bytes:
    """The bytes of an answer.

    Raises:
        TypeError: something that has no JSON form, with the contract's text (docs/contract/conventions.md#values-in-json).
    """
    return _encode(value) + b"\n"


def encode_ok(payload: Any) -> bytes:
    """The success envelope around a payload, and what of the request could not be kept.

    Contract: docs/contract/conventions.md#the-success-envelope.
    """
    lost = losses()
    return encode({"response": payload, "status": "ok", **({"not_kept": lost} if lost else {})})


def encode_text(value: Any) -> str:
    """As `encode`, as text and without the newline: for JSON that is stored or embedded."""
    return _encode(value).decode("ascii")
