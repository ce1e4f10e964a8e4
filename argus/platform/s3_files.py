"""The file store in a bucket of S3: uploads are drafts of this host until they are whole and checked, objects are keys by their hash."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from argus.kit.pools import Pool
from argus.kit.settings import Settings
from argus.platform.drafts import Draft
from argus.platform.files import OBJECTS, ORPHANED_AFTER, FileStore, ObjectMissing

CONNECTING, READING = 5, 30  # seconds


class S3FileStore(FileStore):
    """Objects of a bucket, at the place and with the keys that the settings name for S3.

    A bucket knows no turns: an object that is removed while the same content is put again is missed by `hold`, and the upload fails.
    """

    FAILURES = (OSError, BotoCoreError, ClientError)

    def __init__(self, root: Path, pool: Pool, settings: Settings) -> None:
        super().__init__(root, pool)
        self.bucket, _, prefix = (settings.FILE_STORE or "").removeprefix("s3://").partition("/")
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._settings = settings
        self._made: Any = None

    def key_of(self, sha256: str) -> str:
        return f"{self._prefix}{sha256[:2]}/{sha256[2:4]}/{sha256}"

    @property
    def _client(self) -> Any:
        """Made in a thread of the pool, because it reads files; clients may be used by several."""
        if self._made is None:
            settings = self._settings
            self._made = botocore.session.get_session().create_client(
                "s3",
                region_name=settings.S3_REGION or "us-east-1",
                endpoint_url=settings.S3_ENDPOINT_URL,
                aws_access_key_id=settings.AWS_CLIENT_ID,
                aws_secret_access_key=settings.AWS_CLIENT_SECRET,
                config=Config(
                    connect_timeout=CONNECTING,
                    read_timeout=READING,
                    retries={"max_attempts": 3, "mode": "standard"},
                    max_pool_connections=OBJECTS.threads,
                    s3={"addressing_style": "path" if settings.S3_ENDPOINT_URL and settings.S3_PATH_STYLE else "auto"},
                ),
            )
        return self._made

    def _check(self) -> None:
        self._client.head_bucket(Bucket=self.bucket)

    def _begin(self) -> Draft:
        self._check()
        return super()._begin()

    def _keep(self, draft: Path, sha256: str) -> None:
        with draft.open("rb") as file:  # also over one of the same content: it is young again, so it is not collected
            self._client.put_object(Bucket=self.bucket, Key=self.key_of(sha256), Body=file)

    def _open(self, sha256: str, start: int) -> IO[bytes]:
        try:
            found = self._client.get_object(Bucket=self.bucket, Key=self.key_of(sha256), **({"Range": f"bytes={start}-"} if start else {}))
        except ClientError as error:
            if _code_of(error) == "InvalidRange":
                return io.BytesIO()
            raise _missing(error, sha256) from error
        body: IO[bytes] = found["Body"]
        return body

    def _size(self, sha256: str) -> int:
        return int(self._head(sha256)["ContentLength"])

    def _is_orphaned(self, sha256: str) -> bool:
        try:
            return _is_old(self._head(sha256)["LastModified"])
        except ObjectMissing:
            return False

    def _unlink(self, sha256: str) -> bool:
        if not self._is_orphaned(sha256):  # it was put again meanwhile
            return False
        self._client.delete_object(Bucket=self.bucket, Key=self.key_of(sha256))
        return True

    def _old_objects(self) -> list[str]:
        return [entry["Key"].rpartition("/")[2] for entry in self._entries() if _is_old(entry["LastModified"])]

    def _usage(self) -> tuple[int, int]:
        sizes = [int(entry["Size"]) for entry in self._entries()]
        return len(sizes), sum(sizes)

    def _entries(self) -> Iterator[dict[str, Any]]:
        for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self._prefix):
            yield from (entry for entry in page.get("Contents", ()) if len(entry["Key"].rpartition("/")[2]) == 64)

    def _head(self, sha256: str) -> dict[str, Any]:
        try:
            found: dict[str, Any] = self._client.head_object(Bucket=self.bucket, Key=self.key_of(sha256))
        except ClientError as error:
            raise _missing(error, sha256) from error
        return found


def _is_old(at: datetime) -> bool:
    return datetime.now(UTC) - at > timedelta(seconds=ORPHANED_AFTER)


def _code_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _missing(error: ClientError, sha256: str) -> Exception:
    return ObjectMissing(sha256) if _code_of(error) in ("404", "NoSuchKey", "NotFound") else error
