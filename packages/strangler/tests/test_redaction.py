"""Samples that are shown and kept name no secret and nobody."""

from __future__ import annotations

from typing import Any

import pytest

from strangler.shadow_record import redacted, redacted_url


@pytest.mark.parametrize(
    ("path", "value", "shown"),
    [
        ("response.status", "passed", "passed"),
        ("response.author", "ann", "ann"),
        ("response.api_token", "abc", "•••"),
        ("response.user.email", "a@b.test", "•••"),
        ("response.comment", "ask ann@b.test now", "ask ••• now"),
        ("response.comment", "eyJhbGciOiJIUzI1NiJ9abc123 x", "••• x"),
        ("response.id", "c396f918-590b-4c87-8f73-cf64067b4d0a", "c396f918-590b-4c87-8f73-cf64067b4d0a"),
        ("response.count", 3, "3"),
        ("response.password_set", True, "True"),
        ("response.user", {"a": 1}, "dict of 1"),
    ],
)
def test_samples_are_redacted(path: str, value: Any, shown: str) -> None:
    assert redacted(path, value) == shown


def test_urls_are_redacted() -> None:
    assert redacted_url("/a", "page=2&token=x&code=y") == "/a?page=2&token=•••&code=•••"
