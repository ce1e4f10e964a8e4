"""Every key of the registry has its place in docs/gateway.md, with an example that is valid."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from strangler import registry

PAGE = (Path(__file__).parents[1] / "docs" / "gateway.md").read_text()
POLICIES = {"Canary", "Shadow", "Guard"}


def _keys() -> set[str]:
    """`owner`, `canary.percent`: each key that the schema knows."""
    schema = registry.json_schema()
    parts: dict[str, Any] = {"": schema, **schema["$defs"]}
    return {f"{part.lower()}.{key}" if part in POLICIES else key for part, each in parts.items() for key in each["properties"]}


def _sections() -> dict[str, str]:
    titles = re.split(r"^## (.+)$", PAGE.split("\n# Registry keys\n")[1], flags=re.MULTILINE)
    return dict(zip(titles[1::2], titles[2::2], strict=True))


def _as_file(entry: Any) -> Any:
    """A whole registry that holds the entry of an example where it belongs."""
    route: dict[str, Any] = {"path": "/", "methods": ["GET"]}
    blueprint: dict[str, Any] = {"owner": "flask", "routes": [route]}
    whole: dict[str, Any] = {"version": 1, "blueprints": {"books": blueprint}, "unlisted": "flask"}
    for known in (whole, registry.Blueprint.model_fields, registry.Route.model_fields):
        if set(entry) <= set(known):
            (whole if known is whole else blueprint if known is registry.Blueprint.model_fields else route).update(entry)
            return whole
    raise AssertionError(f"no place for {entry}")


def test_every_key_has_a_section_and_every_section_a_key() -> None:
    assert set(_sections()) == _keys()


@pytest.mark.parametrize("key", sorted(_keys()))
def test_the_example_of_a_key_is_valid_and_shows_it(key: str) -> None:
    (example,) = re.findall(r"^```yaml\n(.*?)^```", _sections()[key], flags=re.DOTALL | re.MULTILINE)
    entry = yaml.safe_load(example)
    found: Any = entry
    for part in key.split("."):
        found = found[part]
    registry.parse(yaml.safe_dump(_as_file(entry), sort_keys=False))


def test_the_first_registry_of_the_page_is_valid() -> None:
    first = re.search(r"^   ```yaml\n(.*?)^   ```", PAGE, flags=re.DOTALL | re.MULTILINE)
    assert first is not None
    registry.parse(re.sub("^   ", "", first[1], flags=re.MULTILINE))
