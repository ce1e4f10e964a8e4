"""Run types are found by name and come in one order, however they were registered."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from argus.models.plugin import JOB_COLUMNS, ORDER, STATISTICS_COLUMNS, Plugin, PluginRegistry
from argus.models.run import RunBase
from argus.plugins.generic.model import GenericRun
from argus.plugins.schema import PLUGIN_MODELS
from argus.plugins.sct import model as sct


def plugin(name: str, **fields: Any) -> Plugin:
    return cast(Plugin, SimpleNamespace(name=name, **fields))


def test_the_order_is_fixed() -> None:
    registry = PluginRegistry(*(plugin(name) for name in ("other", *reversed(ORDER))))
    assert registry.names == (*ORDER, "other")
    assert [p.name for p in registry] == [*ORDER, "other"]
    assert len(registry) == 5


def test_unknown_names_are_left_to_the_caller() -> None:
    registry = PluginRegistry(generic := plugin("generic"))
    assert registry.get("generic") is generic
    assert registry.get("Generic") is None
    assert registry.get(None) is None


def test_a_name_is_given_once() -> None:
    registry = PluginRegistry(first := plugin("generic"))
    with pytest.raises(ValueError, match="two plugins for generic"):
        registry.register(plugin("generic"))
    assert list(registry) == [first]


def test_tables_and_types_of_all() -> None:
    registry = PluginRegistry(
        plugin("generic", all_models=(GenericRun,), all_types=()),
        plugin("scylla-cluster-tests", all_models=sct.MODELS, all_types=sct.TYPES),
    )
    assert registry.models == (*sct.MODELS, GenericRun)
    assert registry.types == sct.TYPES


@pytest.mark.parametrize("model", [m for m in PLUGIN_MODELS if issubclass(m, RunBase)])
def test_every_run_table_has_the_columns_that_lists_name(model: type[RunBase]) -> None:
    assert model.__table__.columns.keys() >= {*STATISTICS_COLUMNS, *JOB_COLUMNS}
