"""S3: links recognised, signed here, read with a signed link (integrations.md, "S3")."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode
from xml.etree.ElementTree import fromstring

import botocore.session
import httpx
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from argus.kit.errors import TestRunServiceException
from argus.kit.pools import S3
from argus.runtime import Runtime

LINK = re.compile(r"(?:https://)?(?P<bucket>[\w-]+)\.s3(?:\.(?P<region>[\w-]+))?\.amazonaws\.com/(?P<key>.+)")
LOG_LIFETIME = 3600  # seconds
PROXY_LIFETIME = 600  # seconds
SNIFFED = 1024  # bytes


@dataclass(frozen=True, slots=True)
class S3Object:
    bucket: str
    key: str
    region: str | None = None

    @property
    def url(self) -> str:
        """Its address, unsigned."""
        host = f"{self.bucket}.s3.{self.region}.amazonaws.com" if self.region else f"{self.bucket}.s3.amazonaws.com"
        return f"https://{host}/{quote(self.key, safe='/~')}"


def parse_link(link: str) -> S3Object | None:
    """The object that a link names; None when it is an ordinary link."""
    found = LINK.match(link)
    return S3Object(found["bucket"], found["key"], found["region"]) if found else None


async def signed_url(runtime: Runtime, item: S3Object, seconds: int) -> str:
    """A GET address that is valid for some seconds. Without any credentials: the plain address, for a public bucket."""
    settings = runtime.settings
    credentials = await runtime.blocking(S3, _credentials, settings.AWS_CLIENT_ID, settings.AWS_CLIENT_SECRET)
    if credentials is None:
        return item.url
    request = AWSRequest("GET", item.url)
    S3SigV4QueryAuth(credentials, "s3", item.region or _default_region(), expires=seconds).add_auth(request)
    return str(request.url)


async def size_of(runtime: Runtime, item: S3Object, link: str) -> int | None:
    """Bytes of an object.

    Raises:
        TestRunServiceException: it is not there, not readable, or S3 is out of reach.
    """
    answer = await _read_head(runtime, item, link, "bytes=0-0")
    total = answer.headers.get("content-range", "").rpartition("/")[2] or answer.headers.get("content-length", "")
    return int(total) if total.isdigit() else None


async def first_bytes(runtime: Runtime, item: S3Object) -> bytes:
    """The beginning of an object, for telling its type.

    Raises:
        TestRunServiceException: as `size_of`.
    """
    answer = await _read_head(runtime, item, item.url, f"bytes=0-{SNIFFED - 1}")
    return answer.content[:SNIFFED]


async def _read_head(runtime: Runtime, item: S3Object, link: str, byte_range: str) -> httpx.Response:
    url = await signed_url(runtime, item, PROXY_LIFETIME)
    try:
        answer = await runtime.http.get(url, headers={"Range": byte_range})
    except httpx.HTTPError as problem:
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
    region, token = _default_region(), ""
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
    request = AWSRequest("GET", f"https://{bucket}.s3.{region}.amazonaws.com/?{urlencode(query)}")
    credentials = await runtime.blocking(S3, _credentials, runtime.settings.AWS_CLIENT_ID, runtime.settings.AWS_CLIENT_SECRET)
    if credentials is not None:
        S3SigV4QueryAuth(credentials, "s3", region, expires=PROXY_LIFETIME).add_auth(request)
    try:
        return await runtime.http.get(str(request.url))
    except httpx.HTTPError as problem:
        raise TestRunServiceException(f"Error listing S3 bucket {bucket}: {problem}") from problem


def _default_region() -> str:
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"


@cache
def _chain() -> Any:
    return botocore.session.get_session()


def _credentials(key: str | None, secret: str | None) -> Any:
    """The configured key pair, else what AWS's own chain finds (environment, file, instance)."""
    return Credentials(key, secret) if key and secret else _chain().get_credentials()
