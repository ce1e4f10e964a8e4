"""Acting as another user: who may begin, and what it leaves behind."""

from __future__ import annotations

import pytest

from tests.features.tracker.auth.people import person
from tests.serving import Server

pytestmark = pytest.mark.anyio


async def test_nobody_acts_as_somebody_while_acting_as_another(server: Server) -> None:
    admin, second, target = await person(server, "ROLE_ADMIN"), await person(server, "ROLE_ADMIN"), await person(server)
    browser = await admin.browser()
    await browser.post("/auth/admin/impersonate", data={"user_id": str(second.user.id)})
    answer = await browser.post("/auth/admin/impersonate", data={"user_id": str(target.user.id)})
    assert (answer.status_code, answer.headers["location"]) == (302, "/profile/")
    page = (await browser.get("/profile/")).text
    assert "Cannot impersonate while already impersonating a user." in page
    assert f'"username":"{second.name}"' in page
