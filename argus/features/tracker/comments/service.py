"""The discussion of a run (docs/contract/testrun.md#comments)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from argus.domain import notify
from argus.domain.activity import event
from argus.domain.mentions import mentioned
from argus.domain.runs import get_typed
from argus.domain.snapshots import invalidate_release
from argus.domain.written import escaped
from argus.features.tracker.comments import pictures
from argus.features.tracker.comments.about import About
from argus.features.tracker.runs.triage import model_of
from argus.kit.clock import now, now_s, order_of, time_uuid
from argus.kit.errors import foreseen
from argus.kit.parse import need, uuid_of
from argus.models.catalogue import ArgusRelease, ArgusTest
from argus.models.comment import ArgusTestRunComment
from argus.models.discussion import CommentExtra, CommentText
from argus.models.enums import ArgusEventTypes
from argus.models.user import User
from argus.runtime import Runtime
from argus.storage.errors import DocumentNotFound
from argus.storage.statements import Delete, Update, delete, select, update

KEPT_TEXTS = 50  # earlier texts of one comment that are looked at


async def comments_of(runtime: Runtime, run_id: str) -> list[ArgusTestRunComment]:
    """The comments of a run, oldest first.

    Raises:
        ValueError: a malformed id.
    """
    found = await runtime.store.all(select(ArgusTestRunComment).where(test_run_id=uuid_of(run_id)))
    return sorted(found, key=lambda comment: (comment.posted_at, order_of(comment.id)))


async def comment(runtime: Runtime, comment_id: str) -> ArgusTestRunComment | None:
    """A comment, None when there is none.

    Raises:
        ValueError: a malformed id.
    """
    return await runtime.store.find(ArgusTestRunComment, id=uuid_of(comment_id))


async def comment_by_query(runtime: Runtime, comment_id: str | None) -> ArgusTestRunComment | bool:
    """A comment, False when there is none (docs/contract/core.md#one-comment).

    Raises:
        Exception: no id.
        ValueError: a malformed id.
    """
    if not comment_id:
        raise foreseen(Exception("commentId wasn't specified in the request"))
    return await comment(runtime, comment_id) or False


async def post(runtime: Runtime, user: User, test_id: str, run_id: str, body: dict[str, Any]) -> list[ArgusTestRunComment]:
    """As `add`; all comments of the run then."""
    row = await add(runtime, user, test_id, run_id, body)
    return await comments_of(runtime, str(row.test_run_id))


async def add(
    runtime: Runtime, user: User, test_id: str, run_id: str, body: dict[str, Any], about: About | None = None
) -> ArgusTestRunComment:
    """Add a comment; users whom it names are notified.

    Args:
        about: the part of the run that it is about, if it is about one.

    Raises:
        KeyError: the body misses a key.
        ValueError: a malformed id.
        DocumentNotFound: no such test, release or run; nothing is stored then.
        AttributeError: the test has no run type.
        TypeError: a value does not fit its column.
    """
    message, reactions, named = need(body, "message"), need(body, "reactions"), need(body, "mentions")
    test_key, run_key = uuid_of(test_id), uuid_of(run_id)
    test = await runtime.store.get(ArgusTest, id=test_key)
    await runtime.store.get(ArgusRelease, "id", id=test.release_id)
    run = await get_typed(runtime, model_of(runtime, test), run_key, "test_id", "build_number")
    text = escaped(message)
    told = {u.id: u for u in [*await _users(runtime, named), *await mentioned(runtime.store, text, user.id)] if u.id != user.id}
    row = ArgusTestRunComment.model_construct(
        id=time_uuid(),  # of two in one second the order in which they were posted
        posted_at=now_s(),
        test_run_id=run_key,
        user_id=user.id,
        release_id=test.release_id,
        test_id=test.id,
        message=text,
        mentions=list(told),
        reactions=reactions,
    )
    entry = event(
        ArgusEventTypes.COMMENT_POSTED,
        user.id,
        "A comment was posted by {username}",
        release_id=test.release_id,
        test_id=test.id,
        run_id=run_key,
        username=user.username,
    )
    if about is not None:  # first: nobody sees the comment without it
        place = update(CommentExtra, run_id=run_key, comment_id=row.id)
        await runtime.store.write(place.set(about_kind=about["kind"], about_ref=about["ref"], about_label=about["label"]))
    await runtime.store.create(row)  # conditional like its changes and its deletion, so that they have one order
    await runtime.store.save(entry)
    await notify.comment_mention(runtime, user, told.values(), row.id, text, run)
    await invalidate_release(runtime, test.release_id)
    return row


async def change(
    runtime: Runtime, user: User, test_id: str, run_id: str, comment_id: str, body: dict[str, Any]
) -> list[ArgusTestRunComment]:
    """Replace the text of one's own comment; what it said before is kept.

    Returns:
        all comments of the run.

    Raises:
        KeyError: the body misses a key.
        ValueError: a malformed id.
        DocumentNotFound: no such comment.
        Exception: somebody else's comment.
    """
    message, reactions, named = need(body, "message"), need(body, "reactions"), need(body, "mentions")
    key, test_key, run_key = uuid_of(comment_id), uuid_of(test_id), uuid_of(run_id)
    row = await runtime.store.get(ArgusTestRunComment, id=key)
    if row.user_id != user.id:
        raise foreseen(Exception("Unable to edit other user comments"))
    mentions = [u.id for u in await _users(runtime, named)]
    text = escaped(message)
    is_new = row.message != text
    changed = update(ArgusTestRunComment, **row.primary_key_values()).set(message=text, reactions=reactions, mentions=mentions)
    if is_new:  # first: a text that is gone cannot be kept any more
        await runtime.store.save(CommentText(comment_id=key, message=row.message, replaced_at=now()))
    await _write(runtime, row, changed.if_exists())
    if is_new and row.test_run_id is not None:
        await runtime.store.write(update(CommentExtra, run_id=row.test_run_id, comment_id=key).set(edited_at=now()))
    await runtime.store.save(_entry(ArgusEventTypes.COMMENT_UPDATED, "A comment was edited by {username}", user, row, test_key, run_key))
    await invalidate_release(runtime, row.release_id)
    return await comments_of(runtime, run_id)


async def remove(runtime: Runtime, user: User, test_id: str, run_id: str, comment_id: str) -> list[ArgusTestRunComment]:
    """Delete one's own comment, with what it said before.

    Returns:
        all comments of the run.

    Raises:
        ValueError: a malformed id.
        DocumentNotFound: no such comment.
        Exception: somebody else's comment.
    """
    key, test_key, run_key = uuid_of(comment_id), uuid_of(test_id), uuid_of(run_id)
    row = await runtime.store.get(ArgusTestRunComment, id=key)
    if row.user_id != user.id:
        raise foreseen(Exception("Unable to delete other user comments"))
    await _write(runtime, row, delete(ArgusTestRunComment).where(**row.primary_key_values()).if_exists())
    await _forget(runtime, user, row)
    await runtime.store.save(_entry(ArgusEventTypes.COMMENT_DELETED, "A comment was deleted by {username}", user, row, test_key, run_key))
    await invalidate_release(runtime, row.release_id)
    return await comments_of(runtime, run_id)


async def _write(runtime: Runtime, row: ArgusTestRunComment, statement: Update | Delete) -> None:
    """Change a comment that was just read, unless somebody deleted it meanwhile."""
    if not (await runtime.store.write(statement)).applied:
        raise DocumentNotFound(f"No {type(row).__name__} found matching { ({'id': row.id}) }")


async def _forget(runtime: Runtime, user: User, row: ArgusTestRunComment) -> None:
    """What was kept beside a comment that is deleted, and pictures that no other comment shows."""
    earlier = await runtime.store.all(select(CommentText).where(comment_id=row.id).limit(KEPT_TEXTS))
    await runtime.store.write(delete(CommentText).where(comment_id=row.id))
    if row.test_run_id is None:
        return
    await runtime.store.write(delete(CommentExtra).where(run_id=row.test_run_id, comment_id=row.id))
    shown = pictures.named_in([row.message, *(text.message for text in earlier)])
    if shown:
        others = pictures.named_in(other.message for other in await comments_of(runtime, str(row.test_run_id)))
        await pictures.forget(runtime, user, row.test_run_id, shown - others)


async def _users(runtime: Runtime, ids: Iterable[Any]) -> list[User]:
    """The users of these ids; who has left is left out."""
    known = [uuid_of(user_id) for user_id in dict.fromkeys(ids)]
    found = await asyncio.gather(*(runtime.store.find(User, id=user_id) for user_id in known))
    return [user for user in found if user is not None]


def _entry(kind: ArgusEventTypes, message: str, user: User, row: ArgusTestRunComment, test_id: UUID, run_id: UUID) -> Any:
    return event(kind, user.id, message, release_id=row.release_id, test_id=test_id, run_id=run_id, username=user.username)
