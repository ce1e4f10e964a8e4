"""Artefacts and pictures: sizes, signed links, relays.

Contract: docs/contract/core.md#sizes-and-files-in-s3; docs/contract/testrun.md#logs-and-screenshots.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

import httpx
from werkzeug.exceptions import NotFound

from argus.domain.pictures import read_picture
from argus.domain.runs import get_run
from argus.integrations import s3
from argus.integrations.outbound import ForbiddenAddress, head_public
from argus.integrations.remote import RemoteError
from argus.integrations.s3_links import S3Object, parse_link
from argus.integrations.s3_places import place_of
from argus.kit.answer import TEXT, Answer, redirect
from argus.kit.content import RASTER, sniff
from argus.kit.errors import TestRunServiceException, foreseen
from argus.kit.parse import uuid_of
from argus.models.user import WebFileStorage
from argus.runtime import Runtime
from argus.storage.errors import DocumentNotFound

PICTURE_CACHE = ("Cache-Control", "max-age=86400, public")
PICTURE_GUARDS = (
    ("Vary", "Cookie, Authorization"),  # a cache on the way shows it to whom it was shown before, and to nobody else
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "default-src 'none'; sandbox"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)


async def artifact_size(runtime: Runtime, link: str | None) -> dict[str, int | None]:
    """Bytes behind a link, None when the server does not say.

    Raises:
        Exception: no link, or it does not answer as it should.
        TestRunServiceException: S3 refuses.
    """
    if not link:
        raise foreseen(Exception("No link provided"))
    item = parse_link(link, place_of(runtime.settings))
    if item is not None:
        return {"artifactSize": await s3.size_of(runtime, item, link)}
    try:
        answer = await head_public(runtime, link)
    except (ForbiddenAddress, OSError, RemoteError, httpx.InvalidURL, ValueError) as problem:
        raise foreseen(Exception("Error requesting resource")) from problem
    if answer.status_code != 200:
        raise foreseen(Exception("Error requesting resource"))
    length = answer.headers.get("content-length", "")
    return {"artifactSize": int(length) if length.isdigit() else None}


async def bucket_link(runtime: Runtime, bucket: str, key: str) -> Answer:
    """A redirect to an object of an allowed bucket and type.

    Raises:
        TestRunServiceException: bucket or type are not allowed, or S3 refuses.
    """
    if bucket not in runtime.settings.S3_ALLOWED_BUCKETS:
        raise TestRunServiceException(f"{bucket} is not an allowed S3 bucket to pull from")
    item = S3Object(bucket, key, place=place_of(runtime.settings))
    mime = sniff(await s3.first_bytes(runtime, item))
    if mime.lower() not in runtime.settings.S3_ALLOWED_MIME:
        raise TestRunServiceException(f"Cannot proxy mime type that is not allowed: {mime}", mime)
    return redirect(await s3.proxied_url(runtime, item))


async def log_link(runtime: Runtime, run_type: str, run_id: str, log_name: str) -> Answer:
    """A redirect to a log of a run, whichever way its run type keeps logs.

    Raises:
        TestRunServiceException: no log of that name.
        DocumentNotFound, ValueError, ClientException: no such run.
    """
    run: Any = await get_run(runtime, run_type, uuid_of(run_id))
    link = dict(run.logs).get(log_name)
    if link is None:
        raise TestRunServiceException(f"Log name {log_name} not found.")
    return await _to_artifact(runtime, link)


async def screenshot_link(runtime: Runtime, run_type: str, run_id: str, image_name: str) -> Answer:
    """A redirect to a screenshot, found by the last segment of its link.

    Raises:
        TestRunServiceException: no such image.
        DocumentNotFound, ValueError, ClientException: no such run.
    """
    run: Any = await get_run(runtime, run_type, uuid_of(run_id))
    shots = getattr(run, "screenshots", None) or [r.screenshot_file for r in getattr(run, "results", None) or []]
    link = _called(image_name, [shot for shot in shots if shot])
    if link is None:
        raise TestRunServiceException(f"Screenshot {image_name} not found.")
    return await _to_artifact(runtime, link)


def _called(name: str, links: Sequence[str]) -> str | None:
    """The last link whose last segment is a name: as it is written, else as it reads without percent signs and query."""
    ends = {unquote(link.rsplit("/", 1)[-1].partition("?")[0]): link for link in links}
    ends |= {link.rsplit("/", 1)[-1]: link for link in links}
    return ends.get(name)


async def _to_artifact(runtime: Runtime, link: str) -> Answer:
    item = parse_link(link, place_of(runtime.settings))
    return redirect(link if item is None else await s3.artifact_url(runtime, item, link, s3.LOG_LIFETIME))


async def picture(runtime: Runtime, picture_id: str) -> Answer:
    """A profile picture; 404 when there is none."""
    try:
        row = await runtime.store.get(WebFileStorage, id=uuid_of(picture_id))
    except (ValueError, DocumentNotFound):
        return Answer(b"404 NOT FOUND", 404, TEXT)
    data = await read_picture(runtime, row)
    if data is None:
        return Answer(b"404 NOT FOUND", 404, "text/plain", (PICTURE_CACHE,))
    if sniff(data) in RASTER:
        return Answer(data, 200, "image/*", (PICTURE_CACHE, *PICTURE_GUARDS))
    download = ("Content-Disposition", "attachment; filename=picture")  # kept before uploads were looked at: nothing to be shown
    return Answer(data, 200, "application/octet-stream", (PICTURE_CACHE, *PICTURE_GUARDS, download))


async def accidental_static(runtime: Runtime, filename: str) -> Answer:
    """A file rule without a folder behind it (docs/contract/conventions.md#urls-and-methods).

    Raises:
        NotFound: always.
    """
    raise NotFound
