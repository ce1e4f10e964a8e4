"""Sixty-four people over both lanes, threads reused, keep-alive connections shared: nobody sees anybody else's name, session or flash."""

from __future__ import annotations

import asyncio
import re
import shutil
import time
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
import yaml

from strangler.edit import set_owner, write
from tests.process import ROOT, server

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(180)]

PEOPLE = 64
SECONDS = 30
NAME = re.compile(r"person-\d+-[0-9a-f]+")


class _NoCookies(DefaultCookiePolicy):
    """People share connections here, not cookies."""

    def set_ok(self, cookie: object, request: object) -> bool:
        return False


async def live(client: httpx.AsyncClient, name: str, until: float) -> int:
    """Look at pages of both lanes, with a cookie and with a token in turn, and check every answer."""
    token = {"Authorization": f"token token-{name}"}
    login = await client.post("/auth/login", data={"username": name, "password": "secret"})
    cookie = {"Cookie": login.headers["set-cookie"].split(";")[0]}
    turn = 0
    while time.monotonic() < until:
        turn += 1
        message = f"{name}/{turn}"
        page = await client.get("/alert_debug", params={"message": message}, headers=cookie if turn % 2 else token)
        profile = await client.get("/profile/", headers=token if turn % 2 else cookie)
        me = await client.get("/api/v1/user/token", headers=cookie)
        assert set(NAME.findall(page.text)) == {name}
        assert f'["success","{message}"]' in page.text
        assert set(NAME.findall(profile.text)) == {name}
        assert me.json()["response"] == {"token": f"token-{name}"}
    return turn


async def test_nobody_sees_anybody_else(tmp_path: Path) -> None:
    names = [f"person-{n}-{uuid4().hex[:6]}" for n in range(PEOPLE)]
    people = {
        n: {"full_name": n, "email": f"{n}@example.com", "password": "secret", "token": f"token-{n}", "roles": ["ROLE_USER"]} for n in names
    }
    file = tmp_path / "people.yaml"
    file.write_text(yaml.safe_dump(people))
    registry = tmp_path / "migration_status.yaml"
    shutil.copy(ROOT / "migration_status.yaml", registry)
    write(registry, set_owner(registry.read_text(), "flask", "pages"))
    with server(None, f"sqlite:///{tmp_path}/argus.sqlite", tmp_path, "--registry", str(registry), people=file) as url:
        limits = httpx.Limits(max_connections=16, max_keepalive_connections=16)  # four people a connection
        async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as client:
            client.cookies.jar.set_policy(_NoCookies())
            until = time.monotonic() + SECONDS
            turns = await asyncio.gather(*(live(client, name, until) for name in names))
    assert min(turns) >= 1
