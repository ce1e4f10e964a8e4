"""People and service accounts, and what belongs to one of them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID, uuid4

from pydantic import Field

from argus.storage.table import Indexed, PartitionKey, Row


class User(Row, table="user"):
    """`password` is a werkzeug hash, empty for the service users of tunnels."""

    id: Annotated[UUID, PartitionKey()] = Field(default_factory=uuid4)
    username: Annotated[str | None, Indexed()] = None
    full_name: str | None = None
    password: str | None = None
    email: Annotated[str | None, Indexed()] = None
    registration_date: datetime | None = None
    roles: list[str] = []
    picture_id: UUID | None = None
    api_token: Annotated[str | None, Indexed()] = None
    service_user: bool | None = False


class UserOauthToken(Row, table="user_oauth_token"):
    id: Annotated[UUID, PartitionKey()] = Field(default_factory=uuid4)
    user_id: Annotated[UUID | None, Indexed()] = None
    kind: Annotated[str | None, Indexed()] = None
    token: str | None = None


class WebFileStorage(Row, table="web_file_storage"):
    """A profile picture; the file itself is on the web host's disk."""

    id: Annotated[UUID, PartitionKey()] = Field(default_factory=uuid4)
    filepath: str | None = None
    filename: str | None = None
