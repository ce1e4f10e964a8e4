"""Who is let in. Our own tables; the reference has none of them, and its own keep their columns."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Annotated
from uuid import UUID, uuid4

from pydantic import Field

from argus.storage.table import ClusteringKey, Indexed, PartitionKey, Row


class SecurityEvents(enum.StrEnum):
    """What the security log tells of."""

    LOGIN = "login"
    LOGIN_FAILED = "login_failed"
    LOGIN_BRAKED = "login_braked"
    LOGOUT = "logout"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 (a name)
    EMAIL_CHANGED = "email_changed"
    USERNAME_CHANGED = "username_changed"
    ROLE_CHANGED = "role_changed"
    USER_CREATED = "user_created"
    USER_DELETED = "user_deleted"
    TOKEN_MADE = "token_made"  # noqa: S105
    TOKEN_READ = "token_read"  # noqa: S105
    IMPERSONATION_BEGUN = "impersonation_begun"
    IMPERSONATION_ENDED = "impersonation_ended"
    ACTED_AS = "acted_as"
    """A write of an administrator who acts as somebody else."""
    ADMIN_WRITE = "admin_write"
    """A write on a route for administrators."""
    IDENTITY_TIED = "identity_tied"
    """An account was tied to an identity elsewhere (GitHub's)."""


class SecurityEvent(Row, table="security_event", uses_ttl=True):
    """One entry of the security log. A partition a month (`2026-11`), the newest first; entries go when `SECURITY_LOG_DAYS` are over."""

    month: Annotated[str, PartitionKey()]
    at: Annotated[datetime, ClusteringKey("desc")]
    id: Annotated[UUID, ClusteringKey()] = Field(default_factory=uuid4)
    what: str | None = None
    account: str | None = None
    """The name of the account that it is about, as it was then."""
    account_id: UUID | None = None
    actor: str | None = None
    """The name of who did it; empty where nobody was logged in."""
    impersonator: str | None = None
    """The administrator who stood behind the actor."""
    address: str | None = None
    request_id: str | None = None
    details: str | None = None


class SessionEnd(Row, table="session_end", uses_ttl=True):
    """Which sessions of an account are over.

    The row `all` is the account's: sessions of another `epoch` than its are over. Any other row is a session that was logged out; it lives
    as long as the session's cookie could.
    """

    user_id: Annotated[UUID, PartitionKey()]
    session_id: Annotated[str, ClusteringKey()]
    epoch: str | None = None
    at: datetime | None = None


class ExternalIdentity(Row, table="external_identity"):
    """Whose account an identity elsewhere opens. `subject` is what never changes there: `github:` and GitHub's number of the person."""

    subject: Annotated[str, PartitionKey()]
    user_id: Annotated[UUID | None, Indexed()] = None
    name: str | None = None
    """What the person was called there when the tie was made."""
    at: datetime | None = None
