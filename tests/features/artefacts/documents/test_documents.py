"""Documents: uploaded once, shown to the workspace, deleted softly, downloaded safely."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any
from uuid import uuid4

import pytest

from tests.features.artefacts import making
from tests.features.artefacts.calling import Desk, told
from tests.serving import Server

pytestmark = pytest.mark.anyio


async def test_a_valid_upload_is_one_document_one_object_and_one_event(desk: Desk, extended: Server) -> None:
    content = making.two_tables()
    answer = await desk.client.post(
        "/documents", files={"file": ("latency.pdf", content)}, data={"document_type": "report", "metadata": '{"a": 1}'}
    )
    assert answer.status_code == 201
    made = answer.json()
    assert answer.headers["location"] == f"/documents/{made['document_id']}"
    assert made["sha256"] == hashlib.sha256(content).hexdigest()
    assert (made["byte_size"], made["content_type"], made["metadata"]) == (len(content), "application/pdf", {"a": 1})
    assert made["created_at"].endswith("Z")
    assert len(objects(extended, made["sha256"])) == 1
    assert await desk.events(f"/documents/{made['document_id']}") == ["document.uploaded"]
    assert (await desk.json("GET", "/documents"))["items"] == [made]


def objects(server: Server, sha256: str | None = None) -> list[str]:
    """Files of the store, temporary ones included."""
    root = server.runtime.settings.FILE_STORE_ROOT
    return [file.name for file in root.rglob("*") if file.is_file() and file.name != "lock" and (sha256 is None or file.name == sha256)]


@pytest.mark.parametrize(
    ("status", "code", "name", "content", "fields"),
    [
        (400, "empty_file", "a.csv", b"", {}),
        (415, "unsupported_type", "a.pdf", b"MZ\x90\0" + bytes(100), {}),
        (415, "unsupported_type", "a.exe", b"words", {}),
        (415, "unsupported_type", "a.xlsx", making.changed_zip(making.xlsx({"s": [["a"]]}), {"xl/big.xml": bytes(5_000_000)}), {}),
        (422, "invalid_metadata", "a.csv", b"a,b", {"metadata": "[1]"}),
        (422, "invalid_metadata", "a.csv", b"a,b", {"metadata": "{"}),
        (422, "invalid_metadata", "a.csv", b"a,b", {"metadata": '{"a": NaN}'}),
        (422, "invalid_metadata", "a.csv", b"a,b", {"metadata": '{"a": "' + "x" * 17_000 + '"}'}),
        (422, "invalid_metadata", "a.csv", b"a,b", {"metadata": '{"a": "\\u0000"}'}),
        (422, "invalid_run_id", "a.csv", b"a,b", {"run_id": "x"}),
        (422, "invalid_expires_at", "a.csv", b"a,b", {"expires_at": "soon"}),
        (422, "invalid_document_type", "a.csv", b"a,b", {"document_type": "x" * 121}),
        (404, "run_not_found", "a.csv", b"a,b", {"run_id": str(uuid4())}),
        (404, "test_not_found", "a.csv", b"a,b", {"test_id": str(uuid4())}),
        (404, "release_not_found", "a.csv", b"a,b", {"release_id": str(uuid4())}),
    ],
)
async def test_a_refused_upload_leaves_nothing(
    desk: Desk, extended: Server, status: int, code: str, name: str, content: bytes, fields: dict[str, str]
) -> None:
    before = objects(extended)
    assert await desk.refused(status, "POST", "/documents", files={"file": (name, content)}, data=fields) == code
    assert objects(extended) == before
    assert (await desk.json("GET", "/documents"))["items"] == []
    assert await told(extended, desk.workspace) == []


async def test_forms_that_are_none(desk: Desk) -> None:
    assert await desk.refused(422, "POST", "/documents", content=b"x", headers={"Content-Type": "text/csv"}) == "multipart_required"
    boundary = {"Content-Type": "multipart/form-data; boundary=b"}
    assert await desk.refused(422, "POST", "/documents", content=b"no form", headers=boundary) == "malformed_form"
    cut = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\na,b\n'
    assert await desk.refused(422, "POST", "/documents", content=cut, headers=boundary) == "malformed_form"
    assert await desk.refused(422, "POST", "/documents", files={"other": ("a.csv", b"a")}) == "file_required"
    assert await desk.refused(422, "POST", "/documents", files=[("file", ("a.csv", b"a")), ("file", ("b.csv", b"b"))]) == "malformed_form"
    assert (
        await desk.refused(422, "POST", "/documents", files={"file": ("a.csv", b"a")}, data={"metadata": "x" * 70_000}) == "malformed_form"
    )


async def test_names_become_names(desk: Desk) -> None:
    for given, kept in (
        ("../../etc/a.csv", "a.csv"),
        ("C:\\dir\\b.csv", "b.csv"),
        ("x" * 300 + ".csv", "x" * 251 + ".csv"),
        ("Größe.csv", "Größe.csv"),
    ):
        assert (await desk.upload(given, f"a,b\n{given}"))["original_filename"] == kept


async def test_the_same_content_is_there_once_in_a_workspace_and_for_a_run(desk: Desk) -> None:
    first = await desk.upload("a.csv", "a,b\n1,2")
    again = await desk.upload("other.csv", "a,b\n1,2", status=200)
    assert again == {**first, "duplicate": True}
    at_once = await asyncio.gather(*(desk.client.post("/documents", files={"file": ("c.csv", b"x,y\n1,2")}) for _ in range(8)))
    assert sorted(answer.status_code for answer in at_once) == [200] * 7 + [201]
    assert len({answer.json()["document_id"] for answer in at_once}) == 1
    await desk.json("DELETE", f"/documents/{first['document_id']}", 204)
    assert (await desk.upload("a.csv", "a,b\n1,2"))["document_id"] != first["document_id"]


async def test_a_file_above_the_limit_is_refused_before_it_has_come(desk: Desk, extended: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extended.runtime.settings, "DOCUMENT_MAX_BYTES", 100_000)
    before = objects(extended)
    body = await desk.json("POST", "/documents", 413, files={"file": ("a.csv", b"a,b\n" * 50_000)})
    assert (body["code"], body["limit"]) == ("file_too_large", 100_000)
    assert objects(extended) == before
    assert await desk.upload("fits.csv", b"a,b\n" * 25_000)


async def test_documents_of_another_workspace_are_not_there(desk: Desk, extended: Server) -> None:
    made = await desk.upload("a.csv", "a,b")
    async with extended.client("bob") as client:
        other = await Desk.of(extended, client, "bob")
        for method, path in (("GET", ""), ("GET", "/download"), ("GET", "/events"), ("GET", "/tables"), ("PATCH", ""), ("DELETE", "")):
            options: dict[str, Any] = {"json": {}} if method == "PATCH" else {}
            code = await other.refused(404, method, f"/documents/{made['document_id']}{path}", **options)
            assert code == "document_not_found"
        client.headers["X-Workspace-ID"] = desk.workspace
        assert await other.refused(403, "GET", "/documents") == "workspace_forbidden"


async def test_lists_are_paged_and_filtered(desk: Desk) -> None:
    made = [await desk.upload(f"{number}_a%.csv", f"a,b\n{number}", document_type=f"t{number % 2}") for number in range(5)]
    ids = [document["document_id"] for document in reversed(made)]
    first = await desk.json("GET", "/documents", params={"limit": 2})
    await desk.upload("later.csv", "later")
    second = await desk.json("GET", "/documents", params={"limit": 2, "cursor": first["next_cursor"]})
    third = await desk.json("GET", "/documents", params={"limit": 2, "cursor": second["next_cursor"]})
    assert [item["document_id"] for page in (first, second, third) for item in page["items"]] == ids
    assert third["next_cursor"] is None
    assert len((await desk.json("GET", "/documents", params={"document_type": "t0"}))["items"]) == 3
    assert len((await desk.json("GET", "/documents", params={"q": "3_a%"}))["items"]) == 1
    assert (await desk.json("GET", "/documents", params={"q": "_a%"}))["items"] == []
    assert (await desk.json("GET", "/documents", params={"run_id": str(uuid4())}))["items"] == []
    assert await desk.refused(422, "GET", "/documents", params={"cursor": "made up"}) == "bad_cursor"
    assert await desk.refused(422, "GET", "/documents", params={"limit": 201}) == "validation_error"


async def test_what_is_said_of_a_document_changes(desk: Desk) -> None:
    made = await desk.upload("a.csv", "a,b", metadata='{"a": 1}')
    path = f"/documents/{made['document_id']}"
    changed = await desk.json("PATCH", path, json={"metadata": {"b": 2}, "expires_at": "2030-01-01T00:00:00Z"})
    assert (changed["metadata"], changed["expires_at"]) == ({"b": 2}, "2030-01-01T00:00:00.000Z")
    assert (await desk.json("PATCH", path, json={"document_type": "x"}))["metadata"] == {"b": 2}
    assert await desk.refused(422, "PATCH", path, json={"metadata": {"a": "x" * 17_000}}) == "invalid_metadata"
    assert await desk.refused(422, "PATCH", path, json={"other": 1}) == "validation_error"
    assert await desk.events(path) == ["document.uploaded", "document.metadata.updated", "document.metadata.updated"]


async def test_a_deleted_document_is_gone_and_its_timeline_tells(desk: Desk) -> None:
    made = await desk.upload("a.csv", "a,b")
    path = f"/documents/{made['document_id']}"
    await desk.json("DELETE", path, 204, json={"reason": "a mistake"})
    await desk.json("DELETE", path, 204)
    assert (await desk.json("GET", path))["deleted_at"]
    assert await desk.refused(410, "GET", f"{path}/download") == "document_deleted"
    assert await desk.refused(410, "PATCH", path, json={}) == "document_deleted"
    assert await desk.refused(409, "POST", "/jobs", json={"document_id": made["document_id"]}) == "document_deleted"
    assert (await desk.json("GET", "/documents"))["items"] == []
    assert len((await desk.json("GET", "/documents", params={"include_deleted": True}))["items"]) == 1
    timeline = await desk.json("GET", f"{path}/events")
    assert [event["event_type"] for event in timeline["items"]] == ["document.deleted", "document.uploaded"]
    assert timeline["items"][0]["payload"] == {"reason": "a mistake"}
    assert timeline["entity"]["original_filename"] == "a.csv"


async def test_only_owners_and_the_uploader_delete(desk: Desk, extended: Server) -> None:
    made = await desk.upload("a.csv", "a,b")
    async with extended.client("bob") as client:
        member = await desk.join(extended, client, "bob")
        await member.json("DELETE", f"/documents/{made['document_id']}", 403)
        await member.json("GET", "/documents", 403, params={"include_deleted": True})
        own = await member.upload("b.csv", "c,d")
        await member.json("DELETE", f"/documents/{own['document_id']}", 204)


async def test_a_download_is_an_attachment_that_runs_nothing(desk: Desk) -> None:
    page = "<!doctype html><script>alert(1)</script>"
    made = await desk.upload('say "hi"\r\n; ü.html', page)
    answer = await desk.client.get(made["download_url"])
    assert answer.text == page
    head = answer.headers
    assert head["content-disposition"].startswith("attachment; filename=")
    assert "\r" not in head["content-disposition"]
    assert "filename*=UTF-8''" in head["content-disposition"]
    assert head["x-content-type-options"] == "nosniff"
    assert head["content-security-policy"].startswith("sandbox")
    assert head["etag"] == f'"{made["sha256"]}"'


async def test_ranges_and_conditions(desk: Desk) -> None:
    made = await desk.upload("a.csv", "0123456789")

    async def part(**headers: str) -> tuple[int, str, str | None]:
        answer = await desk.client.get(made["download_url"], headers={name.replace("_", "-"): value for name, value in headers.items()})
        return answer.status_code, answer.text, answer.headers.get("content-range")

    assert await part(range="bytes=2-4") == (206, "234", "bytes 2-4/10")
    assert await part(range="bytes=-3") == (206, "789", "bytes 7-9/10")
    assert await part(range="bytes=8-") == (206, "89", "bytes 8-9/10")
    assert await part(range="bytes=5-99") == (206, "56789", "bytes 5-9/10")
    assert await part(range="bytes=10-") == (416, "", "bytes */10")
    assert (await part(range="bytes=0-1,3-4"))[0] == 200
    assert (await part(range="bytes=4-2"))[0] == 200
    assert (await part(range="bytes=2-4", if_range='"other"'))[0] == 200
    assert (await part(if_none_match=f'"{made["sha256"]}"'))[0] == 304


async def test_an_expired_document_is_gone(desk: Desk) -> None:
    made = await desk.upload("a.csv", "a,b", expires_at="2020-01-01T00:00:00Z")
    assert await desk.refused(410, "GET", made["download_url"]) == "document_expired"


async def test_a_missing_object_is_told_and_remembered(desk: Desk, extended: Server) -> None:
    made = await desk.upload("a.csv", "gone soon")
    [file] = list(extended.runtime.settings.FILE_STORE_ROOT.rglob(made["sha256"]))
    file.unlink()
    assert await desk.refused(500, "GET", made["download_url"]) == "object_missing"
    assert "document.object.missing" in await desk.events(f"/documents/{made['document_id']}")
