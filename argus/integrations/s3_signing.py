"""The only place that signs for S3: what Argus' key can read is handed out for the buckets that the settings name, and for no other.

Callers choose the links that they store, so a signature without this check would let each of them read whatever the key can read.
"""

from __future__ import annotations

from enum import Enum
from functools import cache
from typing import Any

import botocore.session
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from argus.integrations.s3_links import S3Object
from argus.integrations.s3_places import place_of, region_of
from argus.kit.pools import S3
from argus.kit.settings import Settings
from argus.runtime import Runtime


class Use(Enum):
    """What a signature is for, and so which buckets it may be for."""

    ARTIFACTS = "logs, screenshots, their sizes, logs that are looked for"
    PROXY = "objects of the types that may be had through Argus"

    def buckets(self, settings: Settings) -> frozenset[str]:
        return settings.artifact_buckets if self is Use.ARTIFACTS else frozenset(settings.S3_ALLOWED_BUCKETS)


async def signed(runtime: Runtime, use: Use, item: S3Object, url: str, seconds: int) -> str | None:
    """A URL of an object's bucket, valid for a GET for some seconds.

    None: it is not for us to sign, because the bucket is not one of those or not at the place whose keys we have, or there are no
    credentials to sign with.
    """
    settings = runtime.settings
    if item.bucket not in use.buckets(settings) or item.place != place_of(settings):
        return None
    credentials = await runtime.blocking(S3, _credentials, settings.AWS_CLIENT_ID, settings.AWS_CLIENT_SECRET)
    if credentials is None:
        return None
    request = AWSRequest("GET", url)
    S3SigV4QueryAuth(credentials, "s3", item.region or region_of(settings), expires=seconds).add_auth(request)
    return str(request.url)


@cache
def _chain() -> Any:
    return botocore.session.get_session()


def _credentials(key: str | None, secret: str | None) -> Any:
    """The configured key pair, else what AWS's own chain finds (environment, file, instance)."""
    return Credentials(key, secret) if key and secret else _chain().get_credentials()
