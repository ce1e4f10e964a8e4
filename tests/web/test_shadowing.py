"""Shadowing of Argus itself: every list that needs no parameters, played on the other lane while nothing is written."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from strangler.registry import Registry, parse
from tests.serving import ROOT, serving

pytestmark = pytest.mark.anyio

SHADOWED = {"catalogue", "users", "teams", "planning", "views"}


def _registry() -> Registry:
    """Argus' own registry, with everything of some blueprints shadowed."""
    tree = yaml.safe_load((ROOT / "migration_status.yaml").read_text())
    for name in SHADOWED & tree["blueprints"].keys():
        tree["blueprints"][name]["shadow"] = {"percent": 100}
    return parse(yaml.safe_dump(tree, sort_keys=False))


async def test_lists_are_alike_on_both_lanes(tmp_path: Path) -> None:
    registry = _registry()
    path = tmp_path / "registry.yaml"
    tree = registry.model_dump(mode="json", exclude_none=True)
    path.write_text(yaml.safe_dump({**tree, "unlisted": tree.pop("unlisted")}, sort_keys=False))
    async with serving(tmp_path, REGISTRY=path) as server, server.client() as client:
        shadow = server.app.shadow
        played = 0
        for name, _, route, _ in registry.each_route():
            if name in SHADOWED and "GET" in route.methods and "<" not in route.path:
                await client.get(route.path)
                await shadow.settle()
                played += 1
        records = shadow.records()
    assert played >= 8
    assert sum(record.compared + record.wrote for record in records) == played
    assert [found for record in records for found in record.differences] == []
    assert sum(record.compared for record in records) >= 8
