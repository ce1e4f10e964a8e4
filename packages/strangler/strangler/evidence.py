"""Evidence before a cut-over: the parity suite's record of a blueprint, and its shadow record.

The parity record is a JSON file:

    {"version": 1, "blueprints": {"runs": {"requests": 812, "differences": 0, "failures": 0, "time": "2026-03-01T10:00:00Z"}}}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from strangler.registry import Blueprint


class EvidenceError(Exception):
    """A record that cannot be read."""


class Parity(BaseModel):
    """What the parity suite found about one blueprint, the last time that it ran."""

    requests: int = Field(ge=0)
    differences: int = Field(ge=0)
    failures: int = Field(0, ge=0, description="Answers of 500")
    time: AwareDatetime

    @property
    def said(self) -> str:
        """The record in a few words."""
        return (
            f"parity: {self.differences} differences and {self.failures} failures in {self.requests} requests, {self.time:%Y-%m-%d %H:%M}"
        )


class _File(BaseModel):
    version: int = Field(ge=1, le=1)
    blueprints: dict[str, Parity]


@dataclass(frozen=True, slots=True)
class Shadowed:
    """The shadow records of a blueprint from all workers, added up."""

    compared: int
    failed: int
    places: tuple[str, ...]
    """Where the lanes differ: route and field path."""

    @property
    def said(self) -> str:
        """The record in a few words."""
        return f"shadow: {len(self.places)} places differ in {self.compared} comparisons"


def read_parity(file: Path) -> dict[str, Parity]:
    """The parity records by blueprint; none when the suite has never run. Raises EvidenceError when the file makes no sense."""
    try:
        return _File.model_validate_json(file.read_bytes()).blueprints
    except FileNotFoundError:
        return {}
    except (OSError, ValidationError) as error:
        raise EvidenceError(f"{file} is no parity record: {error}") from error


def shadowed(told: Mapping[str, Any], blueprint: str) -> Shadowed | None:
    """The shadow record of a blueprint from what the workers tell under the topic `shadow`; None when none has compared anything."""
    found = [record for records in told.values() for record in records if record["blueprint"] == blueprint]
    if not found:
        return None
    places = {f"{each['method']} {each['route']} at {each['path']}": None for record in found for each in record["differences"]}
    return Shadowed(sum(record["compared"] for record in found), sum(record["failed"] for record in found), tuple(places))


def can_be_shadowed(blueprint: Blueprint) -> bool:
    """Whether any of its routes is a GET that changes nothing: else there can be no shadow record, and none is asked for."""
    return any(
        "GET" in route.methods and (blueprint.shadow_safe if route.shadow_safe is None else route.shadow_safe) is not False
        for route in blueprint.routes
    )


def objections(blueprint: Blueprint, parity: Parity | None, shadow: Shadowed | None) -> list[str]:
    """What speaks against a cut-over; nothing when all is clean."""
    found: list[str] = []
    if parity is None or not parity.requests:
        found.append("the parity suite has no record of it (python -m tests.parity)")
    elif parity.differences or parity.failures:
        found.append(parity.said)
    if shadow is not None and shadow.places:
        found.append(f"{shadow.said}: {'; '.join(shadow.places[:5])}")
    elif can_be_shadowed(blueprint) and (shadow is None or not shadow.compared):
        found.append("the workers that serve have no shadow record of it (give it `shadow: {percent: 10}` for a while)")
    return found
