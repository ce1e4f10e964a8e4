"""S3: addresses to hand out, sizes, beginnings of objects, keys of a bucket (integrations.md, "S3")."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import urlencode
from xml.etree.ElementTree import fromstring

import httpx

from argus.integrations.s3_links import S3Object
from argus.integrations.s3_signing import Use, default_region, signed
from argus.kit.errors import TestRunServiceException
from argus.runtime import Runtime

LOG_LIFETIME = 3600  # seconds
PROXY_LIFETIME = 600  # seconds
SNIFFED = 1024  # bytes


async def artifact_url(runtime: Runtime, item: S3Object, link: str, seconds: int) -> str:
    """Where to get a log or a screenshot: signed for some seconds, or the link as it came where its bucket is not ours to sign for."""
    address = await signed(runtime, Use.ARTIFACTS, item.bucket, item.url, item.region, seconds)
    return address or (link if "://" in link else f"https://{link}")


async def proxied_url(runtime: Runtime, item: S3Object) -> str:
    """Where to get an object of an allowed bucket. Without any credentials: its plain address, for a public bucket."""
    return await signed(runtime, Use.PROXY, item.bucket, item.url, item.region, PROXY_LIFETIME) or item.url


async def size_of(runtime: Runtime, item: S3Object, link: str) -> int | None:
    """Bytes of an object.

    Raises:
        TestRunServiceException: it is not there, not readable, or S3 is out of reach.
    """
    answer = await _read_head(runtime, await artifact_url(runtime, item, link, PROXY_LIFETIME), link, "bytes=0-0")
    total = answer.headers.get("content-range", "").rpartition("/")[2] or answer.headers.get("content-length", "")
    return int(total) if total.isdigit() else None


async def first_bytes(runtime: Runtime, item: S3Object) -> bytes:
    """The beginning of an object, for telling its type.

    Raises:
        TestRunServiceException: as `size_of`.
    """
    answer = await _read_head(runtime, await proxied_url(runtime, item), item.url, f"bytes=0-{SNIFFED - 1}")
    return answer.content[:SNIFFED]


async def _read_head(runtime: Runtime, url: str, link: str, byte_range: str) -> httpx.Response:
    try:
        answer = await runtime.http.get(url, headers={"Range": byte_range})
    except (httpx.HTTPError, httpx.InvalidURL) as problem:
        raise TestRunServiceException(f"Error accessing S3 object: {problem}") from problem
    if answer.status_code == 404:
        raise TestRunServiceException(f"S3 object not found: {link}")
    if answer.status_code == 403:
        raise TestRunServiceException(f"Access denied to S3 object: {link}")
    if answer.status_code not in (200, 206, 416):  # 416: an empty object has no first byte
        raise TestRunServiceException(f"Error accessing S3 object: HTTP {answer.status_code}")
    return answer


async def keys_below(runtime: Runtime, bucket: str, prefix: str) -> AsyncIterator[str]:
    """Keys of a bucket that begin with a prefix, page by page.

    Raises:
        TestRunServiceException: the bucket is not readable, or S3 is out of reach.
    """
    region, token = default_region(), ""
    while True:
        answer = await _list(runtime, bucket, region, prefix, token)
        home = answer.headers.get("x-amz-bucket-region")
        if answer.status_code in (301, 400) and home and home != region:
            region = home
            continue
        if answer.status_code != 200:
            raise TestRunServiceException(f"Error listing S3 bucket {bucket}: HTTP {answer.status_code}")
        page = fromstring(answer.content)  # noqa: S314 expat refuses documents that blow up
        for key in page.iterfind("{*}Contents/{*}Key"):
            yield key.text or ""
        token = page.findtext("{*}NextContinuationToken") or ""
        if not token:
            return


async def _list(runtime: Runtime, bucket: str, region: str, prefix: str, token: str) -> httpx.Response:
    query = {"list-type": "2", "prefix": prefix, **({"continuation-token": token} if token else {})}
    url = f"{S3Object(bucket, '', region).url}?{urlencode(query)}"
    try:
        return await runtime.http.get(await signed(runtime, Use.ARTIFACTS, bucket, url, region, PROXY_LIFETIME) or url)
    except httpx.HTTPError as problem:
        raise TestRunServiceException(f"Error listing S3 bucket {bucket}: {problem}") from problem
