"""The discussion of a run as its page shows it: comments with what they are about, who agrees, and what they said before they were edited.

Contract: docs/triage.md#discussion. Comments themselves are written by `service`, whatever lane a caller is on.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

from argus.features.tracker.comments import service
from argus.features.tracker.comments.about import About, about_of
from argus.kit.clock import now_s, order_of
from argus.kit.errors import DataValidationError, foreseen
from argus.kit.parse import need, text_of, uuid_of
from argus.models.comment import ArgusTestRunComment
from argus.models.discussion import CommentExtra, CommentText, DiscussionVisit
from argus.models.user import User
from argus.runtime import Runtime
from argus.storage.errors import DocumentNotFound
from argus.storage.statements import insert, select, update

SIGNS = ("+1", "-1", "eyes", "heart", "tada", "confused")
"""What people can react with; counts of other names, which comments were posted with, are told all the same."""
MOST = 1_000  # comments, the newest, that a discussion tells
MOST_PEOPLE = 20  # of one reaction, that are named
VISIT_SECONDS = 365 * 86_400
LONGEST = 65_536  # characters of a comment


class Reaction(TypedDict):
    """One sign under a comment: how often, whether the caller's is among them, and whose they are as far as that is known."""

    name: str
    count: int
    mine: bool
    people: list[UUID]


class Said(TypedDict):
    """A comment of the discussion."""

    id: UUID
    user_id: UUID | None
    posted_at: int
    message: str | None
    mentions: list[UUID]
    about: About | None
    edited_at: datetime | None
    reactions: dict[str, int]
    signs: list[Reaction]
    new: bool


class Discussion(TypedDict):
    comments: list[Said]
    more: bool


class EarlierText(TypedDict):
    message: str | None
    until: datetime | None


async def of_run(runtime: Runtime, user: User, run_id: str) -> Discussion:
    """The newest comments of a run, oldest first.

    Returns:
        `more` says that there are older ones.

    Raises:
        ValueError: a malformed id.
    """
    run = uuid_of(run_id)
    extras, visit, comments = await asyncio.gather(
        runtime.store.all(select(CommentExtra).where(run_id=run)),
        runtime.store.find(DiscussionVisit, user_id=user.id, run_id=run),
        service.comments_of(runtime, run_id),
    )
    known = {extra.comment_id: extra for extra in extras}
    told = [_said(comment, known.get(comment.id), user, visit) for comment in comments[-MOST:]]
    return {"comments": told, "more": len(comments) > MOST}


def _said(comment: ArgusTestRunComment, extra: CommentExtra | None, user: User, visit: DiscussionVisit | None) -> Said:
    return {
        "id": comment.id,
        "user_id": comment.user_id,
        "posted_at": comment.posted_at,
        "message": comment.message,
        "mentions": comment.mentions,
        "about": _about(extra),
        "edited_at": extra.edited_at if extra else None,
        "reactions": comment.reactions,
        "signs": _signs(comment, extra, user),
        "new": visit is not None and comment.user_id != user.id and _place(comment.posted_at, comment.id) > _seen(visit),
    }


def _place(posted_at: int, comment_id: UUID) -> tuple[int, int]:
    """What comments are in the order of."""
    return posted_at, order_of(comment_id)


def _seen(visit: DiscussionVisit) -> tuple[int, int]:
    return (visit.seen_at or 0, order_of(visit.seen_id) if visit.seen_id else 0)


def _about(extra: CommentExtra | None) -> About | None:
    if extra is None or extra.about_kind is None:
        return None
    return {"kind": extra.about_kind, "ref": extra.about_ref or "", "label": extra.about_label or ""}


def _signs(comment: ArgusTestRunComment, extra: CommentExtra | None, user: User) -> list[Reaction]:
    """Counts that a comment was posted with belong to nobody; those of people come on top."""
    posted, people = comment.reactions, dict[str, list[UUID]]()
    for sign, _, who in sorted(entry.partition(" ") for entry in (extra.reactions if extra else ())):
        people.setdefault(sign, []).append(UUID(who))
    names = [*SIGNS, *(name for name in posted if name not in SIGNS)]
    counts = {name: max(0, posted.get(name) or 0) + len(people.get(name, ())) for name in names}
    return [
        {"name": name, "count": count, "mine": user.id in people.get(name, ()), "people": people.get(name, [])[:MOST_PEOPLE]}
        for name, count in counts.items()
        if count
    ]


async def post(runtime: Runtime, user: User, test_id: str, run_id: str, body: Any) -> Discussion:
    """Add a comment, which may be about a part of the run.

    Args:
        body: `{"message", "mentions"?, "about"?: {"kind", "ref", "label"?}}`.

    Returns:
        The discussion with it.

    Raises:
        DataValidationError: the text is empty or too long, or `about` is none.
        KeyError, ValueError, AttributeError, DocumentNotFound: see `service.add`.
    """
    message = text_of(need(body, "message"))
    if not message.strip() or len(message) > LONGEST:
        raise DataValidationError(f"A comment has 1 to {LONGEST} characters")
    whole: dict[str, Any] = {"message": message, "reactions": {}, "mentions": body.get("mentions") or []}
    row = await service.add(runtime, user, test_id, run_id, whole, about_of(body.get("about")))
    return await of_run(runtime, user, str(row.test_run_id))


async def react(runtime: Runtime, user: User, run_id: str, comment_id: str, body: Any) -> list[Reaction]:
    """Put one's own sign under a comment, or take it back; twice is the same as once.

    Args:
        body: `{"name", "on"}`.

    Returns:
        All reactions to the comment.

    Raises:
        DataValidationError: no sign of the set, or `on` is neither true nor false.
        KeyError, ValueError, DocumentNotFound: the run has no such comment.
    """
    name, on = need(body, "name"), need(body, "on")
    if name not in SIGNS:
        raise DataValidationError(f"name must be one of {', '.join(SIGNS)}")
    if not isinstance(on, bool):
        raise DataValidationError("on must be true or false")
    comment = await _comment(runtime, run_id, comment_id)
    key = {"run_id": uuid_of(run_id), "comment_id": comment.id}
    change, entry = update(CommentExtra, **key), [f"{name} {user.id}"]
    await runtime.store.write(change.add("reactions", entry) if on else change.discard("reactions", entry))
    extra = await runtime.store.find(CommentExtra, **key)
    return _signs(comment, extra, user)


async def see(runtime: Runtime, user: User, run_id: str, body: Any) -> bool:
    """Note that the caller has seen the discussion up to a comment. A visit that saw less than one before changes nothing.

    Args:
        body: `{"until"}`, the id of the newest comment that was shown, or null where there was none.

    Raises:
        KeyError, ValueError, DocumentNotFound: the run has no such comment.
    """
    run, until = uuid_of(run_id), need(body, "until")
    if until is None:
        seen = DiscussionVisit(user_id=user.id, run_id=run, seen_at=now_s())
    else:
        comment = await _comment(runtime, run_id, until)
        seen = DiscussionVisit(user_id=user.id, run_id=run, seen_at=comment.posted_at, seen_id=comment.id)
    before = await runtime.store.find(DiscussionVisit, user_id=user.id, run_id=run)
    if before is None or _seen(seen) >= _seen(before):  # the same once more lives another year
        await runtime.store.write(insert(seen, ttl=VISIT_SECONDS))
    return True


async def earlier_texts(runtime: Runtime, run_id: str, comment_id: str) -> list[EarlierText]:
    """What a comment said before each edit, the newest first, at most fifty.

    Raises:
        ValueError, DocumentNotFound: the run has no such comment.
    """
    comment = await _comment(runtime, run_id, comment_id)
    rows = await runtime.store.all(select(CommentText).where(comment_id=comment.id).limit(service.KEPT_TEXTS))
    return [{"message": row.message, "until": row.replaced_at} for row in rows]


async def _comment(runtime: Runtime, run_id: str, comment_id: str) -> ArgusTestRunComment:
    run, comment = uuid_of(run_id), await service.comment(runtime, comment_id)
    if comment is None or comment.test_run_id != run:
        raise foreseen(DocumentNotFound("The run has no such comment"))
    return comment
