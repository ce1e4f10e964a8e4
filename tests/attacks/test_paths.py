"""Requests for what there is not."""

from __future__ import annotations

import uuid

import pytest

from tests.attacks.harness import Target, withstands

pytestmark = [pytest.mark.attacks, pytest.mark.timeout(300)]


def test_paths_that_nobody_has(target: Target) -> None:
    def attack(target: Target) -> None:
        with target.client() as stranger:
            while not target.over():
                assert stranger.get(f"/no/such/{uuid.uuid4()}").status_code == 404

    withstands(target, attack)
