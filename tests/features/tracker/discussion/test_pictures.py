"""Pictures in comments: what is kept, how it is served, and when it goes."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from argus.db.opening import opened_database
from argus.features.tracker.comments import pictures
from argus.models.discussion import CommentPicture
from argus.platform.file_refs import is_unused
from argus.platform.files import FileStore
from tests.features.tracker.discussion.test_discussion import Place, place  # noqa: F401 - a fixture
from tests.features.tracker.making import answered, refused
from tests.serving import Server

# ruff: noqa: F811 (a fixture of the neighbours)

pytestmark = pytest.mark.anyio

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
GIF = b"GIF89a" + b"\0" * 64
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 64
WEBP = b"RIFF\x50\0\0\0WEBPVP8 " + b"\0" * 64
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def sending(data: bytes, name: str = "shot.png", said: str = "image/png") -> dict[str, Any]:
    return {"files": {"file": (name, data, said)}}


@pytest.mark.parametrize(("data", "media_type"), [(PNG, "image/png"), (GIF, "image/gif"), (JPEG, "image/jpeg"), (WEBP, "image/webp")])
async def test_a_picture_is_served_as_what_it_is_and_nothing_can_run(place: Place, data: bytes, media_type: str) -> None:
    kept = await answered(place.client.post(f"/api/v1/run/{place.run}/pictures", **sending(data, "x.html", "text/html")))
    answer = await place.client.get(kept["url"])
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, data, media_type)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["cache-control"].startswith("private")


async def test_nobody_sees_a_picture_without_a_login(server: Server, place: Place) -> None:
    kept = await answered(place.client.post(f"/api/v1/run/{place.run}/pictures", **sending(PNG)))
    async with server.client(None) as anybody:
        assert (await anybody.get(kept["url"])).status_code == 403
        assert (await anybody.post(f"/api/v1/run/{place.run}/pictures", **sending(PNG))).status_code == 403


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (sending(SVG, "x.svg", "image/svg+xml"), "A picture must be PNG, JPEG, GIF or WebP"),
        (sending(b"<html>", "x.png", "image/png"), "A picture must be PNG, JPEG, GIF or WebP"),
        (sending(b""), "No picture was sent"),
        ({"data": {"file": "x"}}, "No picture was sent"),
        (sending(PNG + b"\0" * pictures.LARGEST), "A picture may have at most 5 MiB"),
    ],
)
async def test_what_is_no_picture_is_refused(place: Place, sent: dict[str, Any], why: str) -> None:
    assert await refused(place.client.post(f"/api/v1/run/{place.run}/pictures", **sent)) == ("DataValidationError", [why])


async def test_a_run_has_a_bounded_number_of_pictures_and_must_be_there(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await refused(place.client.post(f"/api/v1/run/{uuid4()}/pictures", **sending(PNG))))[0] == "DocumentNotFound"
    monkeypatch.setattr(pictures, "MOST", 1)
    await answered(place.client.post(f"/api/v1/run/{place.run}/pictures", **sending(PNG)))
    kind, (why,) = await refused(place.client.post(f"/api/v1/run/{place.run}/pictures", **sending(PNG)))
    assert (kind, why) == ("DataValidationError", "The discussion of a run holds at most 1 pictures")


async def test_without_a_file_store_it_is_told_and_no_row_is_left(server: Server, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: FileStore) -> Any:
        raise PermissionError("no disk")

    monkeypatch.setattr(FileStore, "_begin", broken)
    kind, (why,) = await refused(place.client.post(f"/api/v1/run/{place.run}/pictures", **sending(PNG)))
    assert (kind, why) == ("DataValidationError", "Pictures cannot be kept at the moment; try again later")


async def test_a_picture_goes_with_the_last_comment_that_shows_it(server: Server, place: Place) -> None:
    kept = await answered(place.client.post(f"/api/v1/run/{place.run}/pictures", **sending(PNG + b"unlike others")))
    row = await server.store.get(CommentPicture, run_id=UUID(place.run), id=UUID(kept["id"]))
    first = await place.say(f"![disk]({kept['url']})")
    second = await place.say(f"> ![disk]({kept['url']})")
    await answered(place.client.post(f"{place.old}/comment/{first['id']}/delete"))
    assert (await place.client.get(kept["url"])).status_code == 200
    await answered(place.client.post(f"{place.old}/comment/{second['id']}/update", json={"message": "?", "reactions": {}, "mentions": []}))
    assert (await place.client.get(kept["url"])).status_code == 200
    await answered(place.client.post(f"{place.old}/comment/{second['id']}/delete"))
    assert (await place.client.get(kept["url"])).status_code == 404
    async with (await opened_database(server.runtime)).reading() as session:
        assert await is_unused(session, row.sha256 or "")


async def test_what_others_uploaded_stays_when_a_comment_that_names_it_goes(server: Server, place: Place) -> None:
    kept = await answered(place.client.post(f"/api/v1/run/{place.run}/pictures", **sending(PNG)))
    async with server.client("bob") as bob:
        told = await answered(bob.post(f"{place.old}/discussion", json={"message": f"![]({kept['url']})"}))
        await answered(bob.post(f"{place.old}/comment/{told['comments'][-1]['id']}/delete"))
    assert (await place.client.get(kept["url"])).status_code == 200


async def test_what_came_since_the_last_visit_is_new_for_each_person(server: Server, place: Place) -> None:
    path = f"/api/v1/run/{place.run}/discussion/seen"

    async def new(client: httpx.AsyncClient) -> list[bool]:
        return [comment["new"] for comment in await place.comments(client)]

    async with server.client("bob") as bob, server.client("carol") as carol:
        await answered(bob.post(path, json={"until": None}))
        one = await place.say("one")
        assert (await new(bob), await new(carol), await new(place.client)) == ([True], [False], [False])
        await answered(bob.post(path, json={"until": one["id"]}))
        two = await place.say("two")
        await answered(bob.post(f"{place.old}/discussion", json={"message": "his own"}))
        assert (await new(bob), await new(carol)) == ([False, True, False], [False] * 3)
        await answered(bob.post(path, json={"until": two["id"]}))
        await answered(bob.post(path, json={"until": one["id"]}))  # a tab that was left behind
        assert await new(bob) == [False] * 3
        assert (await refused(bob.post(path, json={"until": str(uuid4())})))[0] == "DocumentNotFound"
        assert (await refused(bob.post(path, json={})))[0] == "KeyError"
