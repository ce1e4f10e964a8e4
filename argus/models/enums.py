"""Values of text columns that come from a closed set.

Columns hold the text, so that a row written by anyone can be read; services check what they are given by these enums. Class names are
part of the contract: `'x' is not a valid TestStatus`.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum


class TestStatus(StrEnum):
    """What became of a run. The last two are only computed for statistics, never stored."""

    __test__ = False  # its name begins like a test class

    CREATED = "created"
    RUNNING = "running"
    FAILED = "failed"
    TEST_ERROR = "test_error"
    ERROR = "error"
    PASSED = "passed"
    ABORTED = "aborted"
    NOT_PLANNED = "not_planned"
    NOT_RUN = "not_run"


class TestInvestigationStatus(StrEnum):
    """How far people have come with a run."""

    __test__ = False

    NOT_INVESTIGATED = "not_investigated"
    IN_PROGRESS = "in_progress"
    INVESTIGATED = "investigated"
    IGNORED = "ignored"


class NemesisStatus(StrEnum):
    STARTED = "started"
    RUNNING = "running"
    FAILED = "failed"
    SKIPPED = "skipped"
    SUCCEEDED = "succeeded"
    TERMINATED = "terminated"


class ResourceState(StrEnum):
    RUNNING = "running"
    STOPPED = "stopped"
    TERMINATED = "terminated"


class PytestStatus(StrEnum):
    ERROR = "error"
    PASSED = "passed"
    FAILURE = "failure"
    SKIPPED = "skipped"
    XFAILED = "xfailed"
    XPASS = "xpass"
    PASSED_ERROR = "passed & error"
    FAILURE_ERROR = "failure & error"
    SKIPPED_ERROR = "skipped & error"
    ERROR_ERROR = "error & error"


class SCTEventSeverity(StrEnum):
    """In the order in which readers go through them."""

    CRITICAL = "CRITICAL"
    ERROR = "ERROR"
    WARNING = "WARNING"
    NORMAL = "NORMAL"
    DEBUG = "DEBUG"


class SubtestType(StrEnum):
    GEMINI = "gemini"
    PERFORMANCE = "performance"


class UserRoles(StrEnum):
    User = "ROLE_USER"
    Manager = "ROLE_MANAGER"
    Admin = "ROLE_ADMIN"
    SSHTunnelServer = "ROLE_SSH_TUNNEL_SERVER"


class ArgusEventTypes(StrEnum):
    """Kinds of an entry in the activity log."""

    ASSIGNEE_CHANGE = "ARGUS_ASSIGNEE_CHANGE"
    STATUS_CHANGE = "ARGUS_TEST_RUN_STATUS_CHANGE"
    INVESTIGATION_STATUS_CHANGE = "ARGUS_TEST_RUN_INVESTIGATION_STATUS_CHANGE"
    INVESTIGATION_BATCH_STATUS_CHANGE = "ARGUS_TEST_RUN_INVESTIGATION_BATCH_STATUS_CHANGE"
    COMMENT_POSTED = "ARGUS_TEST_RUN_COMMENT_POSTED"
    COMMENT_UPDATED = "ARGUS_TEST_RUN_COMMENT_UPDATED"
    COMMENT_DELETED = "ARGUS_TEST_RUN_COMMENT_DELETED"
    ISSUE_ADDED = "ARGUS_TEST_RUN_ISSUE_ADDED"
    ISSUE_REMOVED = "ARGUS_TEST_RUN_ISSUE_REMOVED"


class ArgusNotificationTypes(StrEnum):
    MENTION = "TYPE_MENTION"
    STATUS_CHANGE = "TYPE_STATUS_CHANGE"
    ASSIGNEE_CHANGE = "TYPE_ASSIGNEE_CHANGE"
    SCHEDULE_CHANGE = "TYPE_SCHEDULE_CHANGE"
    VIEW_ACTION_ITEM_ASSIGNEE = "TYPE_VIEW_ACTION_ITEM_ASSIGNEE"
    VIEW_HIGHLIGHT_MENTION = "TYPE_VIEW_HIGHLIGHT_MENTION"


class ArgusNotificationSourceTypes(StrEnum):
    TEST_RUN = "TEST_RUN"
    SCHEDULE = "SCHEDULE"
    COMMENT = "COMMENT"
    VIEW_ACTION_ITEM = "VIEW_ACTION_ITEM"
    VIEW_HIGHLIGHT = "VIEW_HIGHLIGHT"


class ArgusNotificationState(IntEnum):
    UNREAD = 1
    READ = 2


class CellStatus(StrEnum):
    """Of one cell of a result table; only `UNSET` cells are validated by the server."""

    PASS = "PASS"  # noqa: S105
    WARNING = "WARNING"
    ERROR = "ERROR"
    UNSET = "UNSET"


class ResultType(StrEnum):
    """Of one column of a result table."""

    INTEGER = "INTEGER"
    FLOAT = "FLOAT"
    DURATION = "DURATION"
    TEXT = "TEXT"


class IssueType(StrEnum):
    """Where a linked issue lives."""

    GITHUB = "github"
    JIRA = "jira"


class GithubIssueType(StrEnum):
    ISSUES = "issues"
    PULL = "pull"


class RuntimeValueType(StrEnum):
    """Which column of `runtime_store` holds the value."""

    FLOAT = "float"
    BOOLEAN = "boolean"
    TIME = "time"
    INT = "int"
    TEXT = "text"
    DATETIME = "datetime"
