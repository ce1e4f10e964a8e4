"""Each feature of the frontend is gone through by a journey (tests/browser/journeys), and each journey says through which it goes."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.browser import journeys
from tests.browser.journeys.features import FEATURES

FOLDER = Path(journeys.__file__).parent


def found() -> Iterator[tuple[str, set[str]]]:
    """Every journey with the features that it is marked with."""
    for file in sorted(FOLDER.glob("test_*.py")):
        for name, value in vars(import_module(f"{journeys.__name__}.{file.stem}")).items():
            if name.startswith("test_"):
                yield f"{file.name}::{name}", {feature for mark in marks_of(value) for feature in mark.args}


def marks_of(journey: Any) -> list[pytest.Mark]:
    return [mark for mark in getattr(journey, "pytestmark", []) if mark.name == "shows"]


JOURNEYS = dict(found())


@pytest.mark.parametrize("feature", FEATURES)
def test_a_feature_is_shown_by_a_journey(feature: str) -> None:
    assert any(feature in shown for shown in JOURNEYS.values())


@pytest.mark.parametrize("journey", JOURNEYS)
def test_a_journey_says_what_it_shows(journey: str) -> None:
    assert JOURNEYS[journey]
