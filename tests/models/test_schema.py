"""The models are the contract's data model, to the column; the expectation is written down apart from them."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from argus.kit.clock import now, now_s
from argus.kit.settings import Settings
from argus.models import ALL_MODELS, ALL_TYPES
from argus.run_types import registry_of
from argus.storage.table import Row
from argus.storage.types import COLLECTIONS, CqlType, Udt

SCHEMA = yaml.safe_load((Path(__file__).parent / "schema.yaml").read_text())
PLUGINS = registry_of(Settings())
MODELS: dict[str, type[Row]] = {model.__table__.name: model for model in (*ALL_MODELS, *PLUGINS.models)}
TYPES: dict[str, type[Udt]] = {udt.type_name(): udt for udt in (*ALL_TYPES, *PLUGINS.types)}


def expected_tables() -> dict[str, dict[str, Any]]:
    """Table name → its description, with what all run tables share put in."""
    common = SCHEMA["run"]
    tables = {}
    for name, table in {**SCHEMA["tables"], **SCHEMA["own"]}.items():
        if table.get("run"):
            columns, defaults = {**common["columns"], **table["columns"]}, {**common["defaults"], **table.get("defaults", {})}
            table = {**table, **common, "columns": columns, "defaults": defaults}
        tables[name] = table
    return tables


TABLES = expected_tables()
EMPTY: dict[str, Any] = {"map": {}, "set": set(), "list": []}


def texts(columns: dict[str, CqlType]) -> dict[str, str]:
    return {name: str(cql_type) for name, cql_type in columns.items()}


def check_defaults(model: type[BaseModel], columns: dict[str, CqlType], expected: dict[str, Any], required: set[str]) -> None:
    for name, field in model.model_fields.items():
        if name in required and name not in expected:
            assert field.is_required(), f"{name} is of the key and has no default"
            continue
        assert not field.is_required(), f"{name} needs a default"
        value = field.get_default(call_default_factory=True, validated_data={})
        wanted = expected.get(name)
        assert value is not PydanticUndefined
        if isinstance(columns[name], COLLECTIONS):
            assert value == EMPTY[str(columns[name]).removeprefix("frozen<").partition("<")[0]], name
        elif wanted == "now":
            assert timedelta(0) <= now() - value < timedelta(seconds=5), name
        elif wanted == "now_s":
            assert 0 <= now_s() - value < 5, name
        elif wanted in ("uuid", "timeuuid"):
            assert isinstance(value, UUID), name
            assert value.version == (4 if wanted == "uuid" else 1), name
            assert value != field.get_default(call_default_factory=True, validated_data={}), "every row gets its own"
        else:
            assert value == wanted, name
            assert type(value) is type(wanted), name


def test_there_are_47_tables_18_types_and_our_own() -> None:
    assert len(SCHEMA["tables"]) == 47
    assert len(SCHEMA["types"]) == 18
    assert MODELS.keys() == TABLES.keys()
    assert TYPES.keys() == SCHEMA["types"].keys()
    assert len(MODELS) == len(ALL_MODELS) + len(PLUGINS.models), "a table stands in one list, once"
    assert len(TYPES) == len(ALL_TYPES) + len(PLUGINS.types)


@pytest.mark.parametrize("name", TABLES)
def test_table(name: str) -> None:
    expected, model = TABLES[name], MODELS[name]
    table = model.__table__

    assert texts({c.name: c.type for c in table.columns.values()}) == expected["columns"]
    assert list(table.partition_key) == expected["partition"]
    assert [(c, table.columns[c].order) for c in table.clustering_key] == list(expected.get("clustering", {}).items())
    assert [c.name for c in table.columns.values() if c.kind == "static"] == expected.get("static", [])
    assert table.keyspace == expected.get("keyspace", "main")
    assert table.uses_ttl is expected.get("expires", False)
    indexes = {f"{name}_{column}_idx": [column, "values"] for column in expected.get("indexes", [])}
    assert {i.name: [i.column, i.target] for i in table.indexes} == {**indexes, **expected.get("special_indexes", {})}


@pytest.mark.parametrize("name", TABLES)
def test_defaults_of_a_table(name: str) -> None:
    expected, model = TABLES[name], MODELS[name]
    required = {*model.__table__.primary_key, "id"} if expected.get("run") else set(model.__table__.primary_key)
    check_defaults(model, {c.name: c.type for c in model.__table__.columns.values()}, expected.get("defaults", {}), required)


@pytest.mark.parametrize("name", SCHEMA["types"])
def test_type(name: str) -> None:
    expected, udt = SCHEMA["types"][name], TYPES[name]
    assert list(texts(udt.fields_of()).items()) == list(expected["columns"].items()), "fields are ordered"
    check_defaults(udt, udt.fields_of(), expected.get("defaults", {}), set())


@pytest.mark.parametrize("name", [name for name, table in TABLES.items() if "entity" in table])
def test_errors_name_the_entity_as_the_contract_does(name: str) -> None:
    assert MODELS[name].__name__ == TABLES[name]["entity"]


@pytest.mark.parametrize("name", TABLES)
def test_a_row_of_nulls_can_be_read(name: str) -> None:
    """Installations hold rows older than some columns: whatever is not of the key may be null (null collections are left out)."""
    table = MODELS[name].__table__
    required = {*table.primary_key, "id"}  # a run is nothing without its id
    made: dict[str, Any] = {
        "uuid": UUID(int=1),
        "timeuuid": UUID(int=1),
        "timestamp": datetime(2024, 1, 1),
        "int": 1,
        "text": "x",
        "ascii": "x",
    }
    row = {
        column.name: made[str(column.type)] if column.name in required else None
        for column in table.columns.values()
        if column.name in required or not isinstance(column.type, COLLECTIONS)
    }
    read = MODELS[name].model_validate(row)
    assert {c: getattr(read, c) for c in row} == row
    assert all(not getattr(read, c) for c in table.columns.keys() - row.keys())


def test_rows_do_not_share_their_collections() -> None:
    first, second = MODELS["team"](), MODELS["team"]()
    first.members.append(UUID(int=1))  # type: ignore[attr-defined]
    assert second.members == []  # type: ignore[attr-defined]
