"""The tables. `ALL_MODELS` and `ALL_TYPES` are the core's; run types bring their own (`argus.run_types`)."""

from __future__ import annotations

from argus.models.activity import ArgusEvent
from argus.models.catalogue import ArgusGroup, ArgusRelease, ArgusTest
from argus.models.comment import ArgusTestRunComment
from argus.models.config import RunConfigParam, RunConfiguration
from argus.models.discussion import CommentExtra, CommentPicture, CommentText, DiscussionVisit
from argus.models.following import FollowedRelease
from argus.models.gateway import GatewayJournal, GatewayOverride, GatewayReport
from argus.models.issue import GithubIssue, IssueAssignee, IssueLabel, IssueLink, JiraIssue
from argus.models.job import JobState, JobTurn, RemoteStanding
from argus.models.live import LiveLog
from argus.models.mail import QueuedMail
from argus.models.notification import ArgusNotification, NotificationLater, NotificationSetting
from argus.models.plan import ArgusReleasePlan, ReleasePlannerComment
from argus.models.pytest import LegacyPytestResultTable, PytestResultTable, PytestUserField
from argus.models.results import (
    ArgusBestResultData,
    ArgusGenericResultData,
    ArgusGenericResultMetadata,
    ArgusGraphView,
    ColumnMetadata,
    ResultSubmission,
    ValidationRules,
)
from argus.models.room import ReleaseMessage
from argus.models.run import RunKey, RunLocation
from argus.models.runtime import RuntimeStore
from argus.models.security import ExternalIdentity, SecurityEvent, SessionEnd
from argus.models.snapshot import ReleaseDistinctImage, ReleaseDistinctVersion, ReleaseStatsSnapshot
from argus.models.team import Team
from argus.models.tunnel import ProxyTunnelConfig, SSHTunnelKey
from argus.models.user import User, UserOauthToken, WebFileStorage
from argus.models.view import ArgusUserView
from argus.models.widget import WidgetComment, WidgetHighlights
from argus.storage.table import Row
from argus.storage.types import Udt

ALL_MODELS: tuple[type[Row], ...] = (
    RuntimeStore,
    User,
    UserOauthToken,
    WebFileStorage,
    ArgusRelease,
    ArgusGroup,
    ArgusTest,
    ArgusTestRunComment,
    ArgusEvent,
    ReleasePlannerComment,
    Team,
    ArgusNotification,
    ArgusGenericResultMetadata,
    ArgusGenericResultData,
    ArgusBestResultData,
    ArgusGraphView,
    ArgusUserView,
    WidgetHighlights,
    WidgetComment,
    ArgusReleasePlan,
    GithubIssue,
    IssueLink,
    JiraIssue,
    SSHTunnelKey,
    ProxyTunnelConfig,
    PytestResultTable,
    LegacyPytestResultTable,
    PytestUserField,
    ReleaseStatsSnapshot,
    ReleaseDistinctVersion,
    ReleaseDistinctImage,
    RunConfiguration,
    RunConfigParam,
    RunLocation,
    RunKey,
    ResultSubmission,
    GatewayOverride,
    GatewayReport,
    GatewayJournal,
    JobState,
    JobTurn,
    RemoteStanding,
    QueuedMail,
    SessionEnd,
    SecurityEvent,
    ExternalIdentity,
    LiveLog,
    FollowedRelease,
    CommentExtra,
    CommentText,
    CommentPicture,
    DiscussionVisit,
    NotificationLater,
    NotificationSetting,
    ReleaseMessage,
)
ALL_TYPES: tuple[type[Udt], ...] = (ColumnMetadata, ValidationRules, IssueLabel, IssueAssignee)
