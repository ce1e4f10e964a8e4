"""What `make test-golden` lets pass: what the list of known differences names, and nothing else."""

from __future__ import annotations

import pytest

from tests.golden.__main__ import only_known

SUMMARY = "134/135 scenarios, 3494/3496 steps equal the recording\n"
IMAGES = "✗ anonymous_visitor step 38 (GET /s/argus.png)\n✗ anonymous_visitor step 39 (GET /s/x.png)\n✗ anonymous_visitor: 44/46 steps\n"


@pytest.mark.parametrize(
    ("output", "passes"),
    [
        (SUMMARY, True),
        (IMAGES + SUMMARY, True),
        (IMAGES, False),
        ("✗ users step 1 (GET /x)\n✗ users: 28/29 steps\n" + SUMMARY, False),
        (IMAGES.replace("44/46", "43/46") + SUMMARY, False),
        ("no answer from http://127.0.0.1:1", False),
    ],
)
def test_only_the_images_differ(output: str, passes: bool) -> None:
    assert only_known(output) is passes
