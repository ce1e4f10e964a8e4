"""The only place that signs for S3: what Argus' key can read is handed out for the buckets that the settings name, and for no other.

Callers choose the links that they store, so a signature without this check would let each of them read whatever the key can read.
"""

from __future__ import annotations

import os
from enum import Enum
from functools import cache
from typing import Any

import botocore.session
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from argus.kit.pools import S3
from argus.kit.settings import Settings
from argus.runtime import Runtime


class Use(Enum):
    """What a signature is for, and so which buckets it may be for."""

    ARTIFACTS = "logs, screenshots, their sizes, logs that are looked for"
    PROXY = "objects of the types that may be had through Argus"

    def buckets(self, settings: Settings) -> frozenset[str]:
        return settings.artifact_buckets if self is Use.ARTIFACTS else frozenset(settings.S3_ALLOWED_BUCKETS)


async def signed(runtime: Runtime, use: Use, bucket: str, url: str, region: str | None, seconds: int) -> str | None:
    """The URL, valid for a GET for some seconds. None: it is not for us to sign, or there are no credentials to sign with."""
    settings = runtime.settings
    if bucket not in use.buckets(settings):
        return None
    credentials = await runtime.blocking(S3, _credentials, settings.AWS_CLIENT_ID, settings.AWS_CLIENT_SECRET)
    if credentials is None:
        return None
    request = AWSRequest("GET", url)
    S3SigV4QueryAuth(credentials, "s3", region or default_region(), expires=seconds).add_auth(request)
    return str(request.url)


def default_region() -> str:
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"


@cache
def _chain() -> Any:
    return botocore.session.get_session()


def _credentials(key: str | None, secret: str | None) -> Any:
    """The configured key pair, else what AWS's own chain finds (environment, file, instance)."""
    return Credentials(key, secret) if key and secret else _chain().get_credentials()
