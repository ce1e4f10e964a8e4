"""Which object of S3 an address names, in every spelling that S3's own tools write (docs/compatibility.md#runs-comments-issues)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, urlencode

from argus.integrations.s3_places import AMAZON, Place

_SERVICE = r"s3(?:\.dualstack)?(?:[.-](?P<region>[a-z]+(?:-[a-z]+)+-\d+))?\.amazonaws\.com(?::443)?"
_VIRTUAL = re.compile(rf"(?:https://)?(?P<bucket>[\w-][\w.-]*?)\.{_SERVICE}/(?P<key>.+)", re.ASCII | re.IGNORECASE | re.DOTALL)
_PATH = re.compile(rf"(?:https://)?{_SERVICE}/(?P<bucket>[\w-][\w.-]*)/(?P<key>.+)", re.ASCII | re.IGNORECASE | re.DOTALL)

_VERSION = "versionId"
_QUERY = frozenset({_VERSION, "AWSAccessKeyId", "Signature", "Expires", "partNumber", "x-id"})
_QUERY_PREFIXES = ("X-Amz-", "x-amz-", "response-")


@dataclass(frozen=True, slots=True)
class S3Object:
    bucket: str
    key: str
    region: str | None = None
    version: str | None = None
    place: Place = AMAZON

    @property
    def url(self) -> str:
        """Its address, unsigned."""
        query = f"?{urlencode({_VERSION: self.version})}" if self.version else ""
        return f"{self.place.address(self.bucket, self.region)}/{quote(self.key, safe='/~')}{query}"


def parse_link(link: str, ours: Place = AMAZON) -> S3Object | None:
    """The object that a link names, at Amazon or at our own place; None when it is an ordinary link.

    A key may come percent-encoded or as it is, and with the query of an earlier signature, which says nothing about the object.
    """
    at_ours = ours.match(link)
    found = at_ours or _PATH.match(link) or _VIRTUAL.match(link)
    if found is None:
        return None
    key, version = _without_query(found["key"])
    key = _decoded(key)
    if {".", ".."} & set(key.split("/")):  # every client shortens such a path, so that it names something else
        return None
    region = None if at_ours else found["region"]
    return S3Object(found["bucket"], key, region.lower() if region else None, version, ours if at_ours else AMAZON)


def _without_query(key: str) -> tuple[str, str | None]:
    """The key, and the version that is asked for. A question mark before anything but S3's own parameters belongs to the key."""
    path, _, query = key.rpartition("?")
    parameters = dict(parse_qsl(query, keep_blank_values=True))
    if not path or not parameters or not all(_is_s3s(name) for name in parameters):
        return key, None
    return path, parameters.get(_VERSION)


def _is_s3s(parameter: str) -> bool:
    return parameter in _QUERY or parameter.startswith(_QUERY_PREFIXES)


def _decoded(key: str) -> str:
    """S3's keys are UTF-8: what is none, once decoded, was not encoded."""
    try:
        return unquote(key, errors="strict")
    except UnicodeDecodeError:
        return key
