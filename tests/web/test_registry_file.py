"""The registry file that the project ships."""

from __future__ import annotations

from pathlib import Path

from strangler import registry


def test_our_own_registry_is_read_quickly_and_no_beginning_of_it_is() -> None:
    text = (Path(__file__).parents[2] / "migration_status.yaml").read_text()
    quick = registry._quickly(text)
    assert quick == registry._parse(text)
    assert quick._lines == registry._parse(text)._lines
    lines = text.splitlines(keepends=True)
    assert all(registry._quickly("".join(lines[:end])) is None for end in range(len(lines)))
