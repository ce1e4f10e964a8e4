"""Runs of any job that has no type of its own; results of pytest sessions hang off them."""

from __future__ import annotations

from argus.models.run import RunBase
from argus.storage.table import Row
from argus.storage.types import Udt


class GenericRun(RunBase, table="generic_run"):
    """`sub_type` is the framework: `pytest`, `dtest`, …"""

    logs: dict[str, str] = {}
    started_by: str | None = None
    sub_type: str | None = None


MODELS: tuple[type[Row], ...] = (GenericRun,)
TYPES: tuple[type[Udt], ...] = ()
