"""Who may read the API's document: `API_DOCS`."""

from __future__ import annotations

from pathlib import Path

import pytest

from argus.kit.settings import Settings
from argus.web.api_docs import FILES, MOUNT
from tests.serving import serving

pytestmark = pytest.mark.anyio

PLACES = ("/docs", "/redoc", "/openapi.json", f"{MOUNT}/{sorted(path.name for path in FILES.iterdir())[0]}")
KEY = "k" * 32  # long enough for production


@pytest.mark.parametrize(
    ("env", "said", "stranger", "user"),
    [
        ("development", None, 200, 200),
        ("staging", None, 404, 200),
        ("production", None, 404, 200),
        ("production", "development", 404, 404),
        ("development", "login", 404, 200),
        ("development", "off", 404, 404),
    ],
)
async def test_the_document_is_there_for_those_whom_the_setting_names(
    tmp_path: Path, env: str, said: str | None, stranger: int, user: int
) -> None:
    async with (
        serving(tmp_path, "fastapi", ENV=env, API_DOCS=said, SECRET_KEY=KEY) as server,
        server.client(None) as nobody,
        server.client("bob") as bob,
    ):
        for place in PLACES:
            assert (await nobody.get(place)).status_code == stranger, place
            assert (await bob.get(place)).status_code == user, place


async def test_every_credential_opens_it_and_a_wrong_one_does_not(tmp_path: Path) -> None:
    async with serving(tmp_path, "fastapi", API_DOCS="login") as server, server.client("bob") as bob, server.client(None) as nobody:
        made = (await bob.post("/auth/api-keys", json={"label": "reader", "scopes": ["documents:read"]})).json()
        browser = await server.browser("bob")
        assert (await browser.get("/docs")).status_code == 200
        assert (await nobody.get("/docs", headers={"X-API-Key": made["api_key"]})).status_code == 200
        for wrong in ({"X-API-Key": made["api_key"][:-1] + "~"}, {"Authorization": "token wrong"}, {"Authorization": "Bearer x.y.z"}):
            assert (await nobody.get("/docs", headers=wrong)).status_code == 404, wrong


def test_an_unknown_value_stops_the_start() -> None:
    with pytest.raises(ValueError, match="API_DOCS"):
        Settings(API_DOCS="everybody")
