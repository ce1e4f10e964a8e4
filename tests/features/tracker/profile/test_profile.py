"""The profile's forms on both lanes: what is changed, what is said, where it leads (docs/contract/pages.md#the-profile)."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from werkzeug.security import check_password_hash, generate_password_hash

from argus.models.user import User, WebFileStorage
from argus.storage.statements import update
from tests.serving import Server

pytestmark = pytest.mark.anyio

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32


@dataclass
class Person:
    """Somebody who is logged in with a browser."""

    server: Server
    browser: httpx.AsyncClient
    id: Any
    name: str

    async def user(self) -> User:
        return await self.server.store.get(User, id=self.id)

    async def send(self, form: str, **how: Any) -> list[list[str]]:
        """Send a form; the messages that the profile then shows."""
        answer = await self.browser.post(f"/profile/update/{form}", **how)
        assert (answer.status_code, answer.headers["location"]) == (302, "/profile/")
        return await self.flashes()

    async def flashes(self) -> list[list[str]]:
        found = re.search(r"var globalFlashes = (.*);", (await self.browser.get("/profile/")).text)
        assert found is not None
        return list(json.loads(found[1]))


@pytest.fixture
async def person(server: Server) -> AsyncIterator[Person]:
    name = f"p-{uuid4().hex[:10]}"
    user = User(username=name, full_name="P", email=f"{name}@example.com", roles=["ROLE_USER"])
    user = user.changed(password=generate_password_hash("secret", method="pbkdf2:sha256:1000"))
    await server.store.save(user)
    async with server.client(None) as browser:
        await browser.post("/auth/login", data={"username": name, "password": "secret"})
        yield Person(server, browser, user.id, name)


async def test_a_name(person: Person) -> None:
    assert await person.send("name", data={}) == [["error", "Incorrect new name"]]
    assert await person.send("name", data={"new_name": "From <form>"}) == [["success", "Successfully changed name!"]]
    assert (await person.user()).full_name == "From <form>"
    await person.send("name", params={"new_name": "query"}, data={"new_name": "form"})
    assert (await person.user()).full_name == "query"


async def test_a_user_name(person: Person) -> None:
    assert await person.send("username", data={}) == [["error", "Missing username in payload"]]
    assert await person.send("username", data={"new_username": "alice"}) == [["error", "This username is already taken."]]
    assert await person.send("username", data={"new_username": "a@b"}) == [["error", "Cannot use '@' in the username"]]
    assert (await person.user()).username == person.name
    for name in (person.name, f"{person.name}-2"):
        assert await person.send("username", data={"new_username": name}) == [["success", "Successfully changed username!"]]
        assert (await person.user()).username == name


async def test_an_address_is_changed_by_administrators_only(person: Person) -> None:
    wanted = {"new_email": f"{uuid4().hex}@example.com"}
    assert await person.send("email", data=wanted) == [["message", "Not authorized to change email."]]
    await person.server.store.write(update(User, id=person.id).set(roles=["ROLE_USER", "ROLE_ADMIN"]))
    assert await person.send("email", data={}) == [["error", "Incorrect new email"]]
    assert await person.send("email", data={"new_email": "alice@example.com"}) == [["error", "This email is already taken."]]
    assert await person.send("email", data={"new_email": "a@b"}) == [["error", "Invalid email."]]
    assert await person.send("email", data=wanted) == [["success", "Successfully changed email!"]]
    assert (await person.user()).email == wanted["new_email"]


@pytest.mark.parametrize(
    ("old", "new", "again", "message"),
    [
        ("", "longer", "longer", "Old password wasn't provided"),
        ("secret", "", "", "New password wasn't provided"),
        ("wrong", "longer", "other", "New password doesn't match confirmation!"),
        ("wrong", "longer", "longer", "Old password is incorrect"),
        ("secret", "four", "four", "New password is too short"),
    ],
)
async def test_a_password_that_stays(person: Person, old: str, new: str, again: str, message: str) -> None:
    form = {"old_password": old, "new_password": new, "new_password_confirm": again}
    assert await person.send("password", data=form) == [["error", message]]
    assert check_password_hash((await person.user()).password or "", "secret")


async def test_a_new_password(person: Person) -> None:
    form = {"old_password": "secret", "new_password": "longer", "new_password_confirm": "longer"}
    assert await person.send("password", data=form) == [["message", "Successfully changed password!"]]
    assert check_password_hash((await person.user()).password or "", "longer")


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"<!doctype html><script>alert(1)</script>", "Expected image/*, got text/plain for user avatar."),
        (SVG, "Expected image/*, got text/plain for user avatar."),
        (b"%PDF-1.7", "Expected image/*, got application/pdf for user avatar."),
        (b"II*\0" + bytes(64), "Expected a picture as PNG, JPEG, GIF, WebP, AVIF or BMP, got image/tiff."),
        (PNG + bytes(5 * 1024 * 1024), "A picture may have at most 5 MiB."),
    ],
    ids=["html", "svg", "pdf", "tiff", "large"],
)
async def test_what_is_no_picture_is_refused_whatever_it_is_called(person: Person, data: bytes, message: str) -> None:
    assert await person.send("picture", files={"filedata": ("me.png", data, "image/png")}) == [["error", message]]
    assert (await person.user()).picture_id is None


async def test_a_picture_runs_nothing(person: Person) -> None:
    await person.send("picture", files={"filedata": ("me.png", PNG, "image/png")})
    picture = (await person.user()).picture_id
    shown = await person.browser.get(f"/storage/picture/{picture}")
    assert shown.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert {"Cookie", "Authorization"} <= {word.strip() for word in shown.headers["vary"].split(",")}
    assert "content-disposition" not in shown.headers
    stored = await person.server.store.get(WebFileStorage, id=picture)
    Path(stored.filepath or "").write_bytes(SVG)  # as it could be uploaded once
    loaded = await person.browser.get(f"/storage/picture/{picture}")
    assert (loaded.headers["content-type"], loaded.headers["content-disposition"]) == (
        "application/octet-stream",
        "attachment; filename=picture",
    )
    assert loaded.headers["content-security-policy"] == "default-src 'none'; sandbox"


async def test_a_picture(person: Person) -> None:
    for file, message in (
        (("a.txt", b"x", "text/plain"), "Expected image/*, got text/plain"),
        (("a.png", b"", "image/png"), "No picture provided"),
    ):
        assert await person.send("picture", files={"filedata": file}) == [["error", message]]
    assert await person.send("picture") == [["error", "No picture provided"]]
    assert (await person.user()).picture_id is None

    assert await person.send("picture", files={"filedata": ("me.png", PNG, "image/png")}) == []
    first = (await person.user()).picture_id
    stored = await person.server.store.get(WebFileStorage, id=first)
    shown = await person.browser.get(f"/storage/picture/{first}")
    assert (shown.content, shown.headers["content-type"], shown.headers["cache-control"]) == (PNG, "image/*", "max-age=86400, public")
    assert stored.filename == "me.png"
    assert re.fullmatch(rf"profile_{person.name}_[0-9a-f]{{10}}", Path(stored.filepath or "").name)

    await person.send("picture", files={"filedata": ("me.png", PNG + b"2", "image/png")})
    assert await person.server.store.find(WebFileStorage, id=first) is None
    assert not Path(stored.filepath or "").exists()
    second = await person.server.store.get(WebFileStorage, id=(await person.user()).picture_id)
    Path(second.filepath or "").unlink()
    Path(second.filepath or "").mkdir()  # cannot be unlinked: the new picture counts all the same
    missing = await person.browser.get(f"/storage/picture/{second.id}")
    assert (missing.status_code, missing.text, missing.headers["cache-control"]) == (404, "404 NOT FOUND", "max-age=86400, public")
    assert await person.send("picture", files={"filedata": ("me.png", PNG + b"3", "image/png")}) == []
    assert (await person.browser.get(f"/storage/picture/{(await person.user()).picture_id}")).content == PNG + b"3"


async def test_a_token_is_shown_once_and_replaces_the_old_one(person: Person) -> None:
    assert ">Generate<" in (await person.browser.get("/profile/")).text
    tokens = []
    for _ in range(2):
        answer = await person.browser.post("/auth/profile/api/token/generate")
        assert (answer.status_code, answer.headers["location"]) == (302, "/profile/")
        tokens.append((await person.user()).api_token or "")
        assert f'value="{tokens[-1]}"' in (await person.browser.get("/profile/")).text.replace("&#43;", "+")
        again = (await person.browser.get("/profile/")).text
        assert tokens[-1] not in again
        assert 'value="************"' in again
        assert ">Regenerate<" in again
    async with person.server.client(None, Authorization=f"token {tokens[0]}") as old:
        assert (await old.get("/api/v1/users")).json()["response"]["message"] == "User not found for supplied token"
    assert [len(token) for token in tokens] == [64, 64]
