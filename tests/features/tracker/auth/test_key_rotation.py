"""A change of the signing key logs nobody out, on either lane."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from argus.auth.session import Session, SessionCodec
from argus.models.user import User
from tests.serving import serving

pytestmark = pytest.mark.anyio

OLD = "the-older-secret-key"


@pytest.mark.parametrize("lane", ["flask", "fastapi"])
@pytest.mark.parametrize(("fallbacks", "status"), [([OLD], 200), ([], 403)])
async def test_a_cookie_of_an_older_key_counts(
    lane: Literal["flask", "fastapi"], fallbacks: list[str], status: int, tmp_path: Path
) -> None:
    async with serving(tmp_path, lane, SECRET_KEY_FALLBACKS=fallbacks) as running, running.client(None) as browser:
        bob = await running.store.get(User, username="bob")
        browser.cookies.set("session", SessionCodec(OLD).dump(Session({"user_id": str(bob.id)})))
        assert (await browser.get("/api/v1/users")).status_code == status
