"""S3: addresses to hand out, sizes, beginnings of objects, keys of a bucket (docs/contract/integrations.md#s3)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from urllib.parse import urlencode

import httpx
from defusedxml.ElementTree import fromstring

from argus.integrations.remote import Remote, RemoteError, ask
from argus.integrations.s3_links import S3Object
from argus.integrations.s3_places import AMAZON, place_of, region_of
from argus.integrations.s3_signing import Use, signed
from argus.kit.errors import TestRunServiceException
from argus.runtime import Runtime

LOG_LIFETIME = 3600  # seconds
PROXY_LIFETIME = 600  # seconds
SNIFFED = 1024  # bytes
KNOWN_REGIONS = 1000  # buckets whose region a worker remembers
BUCKETS = Remote("S3", at_once=32, breaks=False, obeys=False, redirects=0)  # callers name the buckets
BEGINNINGS = replace(BUCKETS, enough=SNIFFED)
AS_IT_IS = {"Accept-Encoding": "identity"}


class Regions(dict[str, str]):
    """Where buckets turned out to be, by name."""


async def artifact_url(runtime: Runtime, item: S3Object, link: str, seconds: int) -> str:
    """Where to get a log or a screenshot: signed for some seconds, or the link as it came where its bucket is not ours to sign for."""
    item = _located(runtime, item)
    address = await signed(runtime, Use.ARTIFACTS, item, item.url, seconds)
    return address or (link if "://" in link else f"https://{link}")


async def proxied_url(runtime: Runtime, item: S3Object) -> str:
    """Where to get an object of an allowed bucket. Without any credentials: its plain address, for a public bucket."""
    item = _located(runtime, item)
    return await signed(runtime, Use.PROXY, item, item.url, PROXY_LIFETIME) or item.url


async def size_of(runtime: Runtime, item: S3Object, link: str) -> int | None:
    """Bytes of an object.

    Raises:
        TestRunServiceException: it is not there, not readable, or S3 is out of reach.
    """
    settings = runtime.settings
    if item.place != AMAZON and item.bucket not in settings.artifact_buckets:
        raise TestRunServiceException(f"Access denied to S3 object: {link}")  # an inner service shows what is ours to show, no more
    answer = await _beginning(runtime, item, link, "bytes=0-0", Use.ARTIFACTS)
    if answer.status_code == 416:
        return 0  # and the length is that of the message which says so
    total = answer.headers.get("content-range", "").rpartition("/")[2] or answer.headers.get("content-length", "")
    return int(total) if total.isascii() and total.isdigit() else None


async def first_bytes(runtime: Runtime, item: S3Object) -> bytes:
    """The beginning of an object, for telling its type.

    Raises:
        TestRunServiceException: as `size_of`.
    """
    answer = await _beginning(runtime, item, item.url, f"bytes=0-{SNIFFED - 1}", Use.PROXY)
    return b"" if answer.status_code == 416 else answer.content[:SNIFFED]


async def _beginning(runtime: Runtime, item: S3Object, link: str, byte_range: str, use: Use) -> httpx.Response:
    """The first bytes of an object, from the region where its bucket is."""
    answer = await _read(runtime, item, link, byte_range, use)
    if _is_elsewhere(runtime, item, answer):
        answer = await _read(runtime, item, link, byte_range, use)
    if answer.status_code == 404:
        raise TestRunServiceException(f"S3 object not found: {link}")
    if answer.status_code == 403:
        raise TestRunServiceException(f"Access denied to S3 object: {link}")
    if answer.status_code not in (200, 206, 416):  # 416: an empty object has no first byte
        raise TestRunServiceException(f"Error accessing S3 object: HTTP {answer.status_code}")
    return answer


async def _read(runtime: Runtime, item: S3Object, link: str, byte_range: str, use: Use) -> httpx.Response:
    url = await (artifact_url(runtime, item, link, PROXY_LIFETIME) if use is Use.ARTIFACTS else proxied_url(runtime, item))
    try:
        return await ask(runtime, BEGINNINGS, "GET", url, headers={"Range": byte_range, **AS_IT_IS})
    except RemoteError as problem:
        raise TestRunServiceException(f"Error accessing S3 object: {problem}") from problem


async def keys_below(runtime: Runtime, bucket: str, prefix: str) -> AsyncIterator[str]:
    """Keys of a bucket that begin with a prefix, page by page.

    Raises:
        TestRunServiceException: the bucket is not readable, or S3 is out of reach.
    """
    item, token = S3Object(bucket, "", place=place_of(runtime.settings)), ""
    while True:
        answer = await _list(runtime, item, prefix, token)
        if _is_elsewhere(runtime, item, answer):
            answer = await _list(runtime, item, prefix, token)
        if answer.status_code != 200:
            raise TestRunServiceException(f"Error listing S3 bucket {bucket}: HTTP {answer.status_code}")
        try:
            page = fromstring(answer.content)
        except (SyntaxError, ValueError) as malformed:  # what is no XML, and XML that blows up
            raise TestRunServiceException(f"Error listing S3 bucket {bucket}: S3 answers with what is no list") from malformed
        for key in page.iterfind("{*}Contents/{*}Key"):
            yield key.text or ""
        following = page.findtext("{*}NextContinuationToken") or ""
        if not following or following == token:
            return
        token = following


async def _list(runtime: Runtime, item: S3Object, prefix: str, token: str) -> httpx.Response:
    item = _located(runtime, item)
    query = {"list-type": "2", "prefix": prefix, **({"continuation-token": token} if token else {})}
    if item.place == AMAZON and item.region is None:
        item = replace(item, region=region_of(runtime.settings))
    url = f"{item.url}?{urlencode(query)}"
    try:
        return await ask(runtime, BUCKETS, "GET", await signed(runtime, Use.ARTIFACTS, item, url, PROXY_LIFETIME) or url)
    except RemoteError as problem:
        raise TestRunServiceException(f"Error listing S3 bucket {item.bucket}: {problem}") from problem


def _located(runtime: Runtime, item: S3Object) -> S3Object:
    """The object with the region of its bucket, where that has turned out."""
    region = runtime.own(Regions).get(item.bucket) if item.place == AMAZON else None
    return replace(item, region=region) if region else item


def _is_elsewhere(runtime: Runtime, item: S3Object, answer: httpx.Response) -> bool:
    """Whether S3 says that the bucket is in another region; that is remembered."""
    home = answer.headers.get("x-amz-bucket-region", "")
    known = runtime.own(Regions)
    if answer.status_code not in (301, 307, 400) or item.place != AMAZON or not _is_region(home) or known.get(item.bucket) == home:
        return False
    if len(known) >= KNOWN_REGIONS:
        known.clear()
    known[item.bucket] = home
    return True


def _is_region(name: str) -> bool:
    return name.isascii() and 0 < len(name) <= 40 and name.replace("-", "").isalnum()
