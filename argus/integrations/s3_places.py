"""Where buckets are: at Amazon, or at the one S3-compatible end point of the settings (MinIO, Ceph, …)."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from argus.kit.settings import Settings

_KEY = r"/(?P<key>.+)"
_BUCKET = r"(?P<bucket>[\w-][\w.-]*{})"


@dataclass(frozen=True, slots=True)
class Place:
    """Whose addresses are meant.

    Args:
        endpoint: scheme, host and port, without a slash at its end; None for Amazon, where a bucket's address has its region.
        in_path: the bucket is named in the path, and not before the host.
    """

    endpoint: str | None = None
    in_path: bool = False

    def address(self, bucket: str, region: str | None) -> str:
        """Where a bucket is; its keys follow after a slash."""
        if self.endpoint is None:
            service = f"s3.{region}.amazonaws.com" if region else "s3.amazonaws.com"
            # S3's certificates vouch for one label before `s3`: a bucket with dots is named in the path.
            return f"https://{service}/{bucket}" if "." in bucket else f"https://{bucket}.{service}"
        scheme, _, host = self.endpoint.partition("://")
        # The same certificate speaks for an end point.
        return f"{self.endpoint}/{bucket}" if self.in_path or "." in bucket else f"{scheme}://{bucket}.{host}"

    def match(self, link: str) -> re.Match[str] | None:
        """Bucket and key that a link names at this end point, in either spelling; None at Amazon, whose links have more of them."""
        if self.endpoint is None:
            return None
        scheme, _, host = self.endpoint.partition("://")
        named = re.escape(host) if urlsplit(self.endpoint).port else f"{re.escape(host)}(?::{443 if scheme == 'https' else 80})?"
        for form in (rf"{scheme}://{named}/{_BUCKET.format('')}{_KEY}", rf"{scheme}://{_BUCKET.format('?')}\.{named}{_KEY}"):
            if found := re.match(form, link, re.ASCII | re.IGNORECASE | re.DOTALL):
                return found
        return None


AMAZON = Place()


def place_of(settings: Settings) -> Place:
    """Where this installation's buckets are."""
    endpoint = settings.S3_ENDPOINT_URL
    return Place(endpoint, settings.S3_PATH_STYLE) if endpoint else AMAZON


def region_of(settings: Settings) -> str:
    """The region for which requests are signed where nothing else names one."""
    return settings.S3_REGION or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
