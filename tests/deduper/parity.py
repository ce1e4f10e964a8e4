"""`python -m tests.deduper.parity`: the parity matrix `docs/deduper-parity.md`, made of `fixtures/parity.yaml`; tests too."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).parent / "fixtures" / "parity.yaml"
PAGE = Path(__file__).parents[2] / "docs" / "deduper-parity.md"

HEAD = """# Deduper: parity of the shells

What callers of the [deduper](deduper.md) rely on: each route and case with its status, the keys that are always there
and their types, and what it does. FastAPI and Flask give the same answer to each, in the gateway and served alone, but
for `framework`, times and ids. This page is made of `tests/deduper/fixtures/parity.yaml`, which drives the tests
(`make test-contract`), by `python -m tests.deduper.parity`.

| case | request | as | status | code | keys | effect |
|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Case:
    """A request and what its answer must be. Types of keys: str, int, bool, list, dict, time; `?` also null."""

    name: str
    request: str
    caller: str
    statuses: tuple[int, ...]
    keys: dict[str, str]
    code: str | None
    json: Any = field(default=None, hash=False)
    effect: str = ""


def cases() -> list[Case]:
    """Every case, in order: what ends the active job comes last."""
    return [
        Case(
            one["name"],
            one["request"],
            one["as"],
            tuple(int(status) for status in str(one["status"]).split("|")),
            one.get("keys", {}),
            one.get("code"),
            one.get("json"),
            one.get("effect", ""),
        )
        for one in yaml.safe_load(FILE.read_text())["cases"]
    ]


def page() -> str:
    """The matrix."""
    return HEAD + "".join(_row(case) for case in cases())


def _row(case: Case) -> str:
    keys = ", ".join(f"{key}: {kind}" for key, kind in case.keys.items()) or "plain text"
    statuses = " or ".join(map(str, case.statuses))
    asked = case.request.replace("|", "\\|")
    return f"| {case.name} | `{asked}` | {case.caller} | {statuses} | {case.code or ''} | {keys} | {case.effect} |\n"


if __name__ == "__main__":
    PAGE.write_text(page())
