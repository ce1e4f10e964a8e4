"""Element operations on collections: functions from the stored JSON to the new one, run by the writer inside its transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from argus.storage.binding import column_binder
from argus.storage.errors import InvalidRequest
from argus.storage.sqlite.encoding import codec, dumps, key_text, loads
from argus.storage.sqlite.layout import is_multicell
from argus.storage.statements import Assignment
from argus.storage.table import Column
from argus.storage.types import ListOf, MapOf, SetOf

JsonChange = Callable[[str | None], str | None]
Maker = Callable[[Assignment], JsonChange]

ALLOWED = {
    "append": (ListOf,),
    "prepend": (ListOf,),
    "add": (SetOf, MapOf),
    "discard": (ListOf, SetOf, MapOf),
    "put": (MapOf,),
    "drop": (MapOf,),
}


def json_change(column: Column, change: str) -> Maker:
    """What turns an assignment of a kind to a column into its change of the stored JSON.

    Raises:
        InvalidRequest: the column is no collection, frozen, or of another kind.
    """
    if not is_multicell(column):
        what = "frozen collection" if column.is_collection else "non collection"
        raise InvalidRequest(f"Invalid operation ({change} {column.name}) for {what} column {column.name}")
    if not isinstance(column.type, ALLOWED[change]):
        raise InvalidRequest(f"Invalid operation ({change} {column.name}) for {str(column.type).partition('<')[0]} column {column.name}")
    match column.type:
        case ListOf():
            return _list_change(column, change)
        case SetOf():
            return _set_change(column, change)
        case _:
            return _map_change(column, change)


def _list_change(column: Column, change: str) -> Maker:
    bind, to_json = column_binder(column).value, codec(column.type).to_json

    def make(assignment: Assignment) -> JsonChange:
        bound = bind(_given(assignment))
        items = to_json(bound) if to_json else bound

        def run(stored: str | None) -> str | None:
            there = loads(stored) if stored else []
            if change == "append":
                there = there + items
            elif change == "prepend":
                there = items + there
            else:
                there = [item for item in there if item not in items]
            return dumps(there) if there else None

        return run

    return make


def _set_change(column: Column, change: str) -> Maker:
    bind, form = column_binder(column).value, codec(column.type)
    assert form.encode is not None
    assert form.decode is not None
    encode, decode = form.encode, form.decode

    def make(assignment: Assignment) -> JsonChange:
        items = bind(_given(assignment))

        def run(stored: str | None) -> str | None:
            there = decode(stored) if stored else set()
            there = there | items if change == "add" else there - items
            return str(encode(there)) if there else None

        return run

    return make


def _map_change(column: Column, change: str) -> Maker:
    binder, form = column_binder(column), codec(column.type)
    assert isinstance(column.type, MapOf)
    assert form.encode is not None
    assert form.decode is not None
    encode, decode = form.encode, form.decode

    def make(assignment: Assignment) -> JsonChange:
        added: dict[Any, Any] = {}
        gone: list[Any] = []
        if change == "add":
            added = binder.value(_given(assignment))
        elif change == "discard":
            assert binder.keys is not None
            gone = binder.keys(_given(assignment))
        else:
            assert binder.key is not None
            assert binder.element is not None
            key = binder.key(assignment.key)
            if key is None:
                raise InvalidRequest(f"Invalid null map key for column {column.name}")
            value = binder.element(assignment.value)
            if value is None:
                gone = [key]
            else:
                added = {key: value}

        def run(stored: str | None) -> str | None:
            there = (decode(stored) if stored else {}) | added
            for key in gone:
                there.pop(key, None)
            return str(encode(there)) if there else None

        return run

    return make


def _given(assignment: Assignment) -> Any:
    if assignment.value is None:
        raise InvalidRequest(f"Invalid null value for {assignment.change} of column {assignment.column}")
    return assignment.value


def map_entry(column: Column, stored: str | None, key: Any) -> Any:
    """One value of a stored map, in its JSON form; None when the key is not there."""
    assert isinstance(column.type, MapOf)
    return loads(stored).get(key_text(column.type.key)(key)) if stored else None
