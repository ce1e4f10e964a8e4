"""Run types are found by name and come in one order, however they were registered."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any, cast

import pytest

from argus.kit.settings import Settings
from argus.models.run import RunBase
from argus.plugins.generic.model import GenericRun
from argus.plugins.sct import model as sct
from argus.run_types import JOB_COLUMNS, ORDER, STATISTICS_COLUMNS, NoRunType, Plugin, PluginRegistry, registry_of


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


@pytest.mark.parametrize("model", [m for m in registry_of(Settings()).models if issubclass(m, RunBase)])
def test_every_run_table_has_the_columns_that_lists_name(model: type[RunBase]) -> None:
    assert model.__table__.columns.keys() >= {*STATISTICS_COLUMNS, *JOB_COLUMNS}


OWN = plugin("own")
"""A run type that stands outside of the product."""


def test_those_are_served_that_the_settings_name() -> None:
    assert registry_of(Settings()).names == ORDER
    settings = Settings(RUN_TYPES=f"{__name__}:OWN, argus.plugins.generic.plugin:PLUGIN")  # as the environment has it
    assert registry_of(settings).names == ("generic", "own")
    assert registry_of(settings).get("own") is OWN


@pytest.mark.parametrize("place", ["no.such.module:PLUGIN", f"{__name__}:NOTHING", "not a place"])
def test_one_that_cannot_be_loaded_is_named(place: str) -> None:
    with pytest.raises(NoRunType, match=f"RUN_TYPES: {re.escape(place)} cannot be loaded"):
        registry_of(Settings(RUN_TYPES=[place]))
