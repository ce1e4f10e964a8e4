"""Notifications: a row in the receiver's inbox, then a mail.

Contract: docs/contract/testrun.md#notifications; docs/contract/integrations.md#mails-about-notifications.

The row and the queued mail are stored together before the answer leaves; the mail is sent afterwards (`domain.outbox`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote
from uuid import UUID

from markupsafe import Markup

from argus.domain import outbox
from argus.domain.wanted import ways_to
from argus.kit.errors import NotificationManagerException
from argus.models.enums import ArgusNotificationSourceTypes as Source
from argus.models.enums import ArgusNotificationTypes as Kind
from argus.models.notification import ArgusNotification
from argus.models.run import RunBase
from argus.models.user import User
from argus.models.view import ArgusUserView
from argus.runtime import Runtime
from argus.storage.statements import batch, insert

log = logging.getLogger("argus.notify")

TITLES = {
    Kind.MENTION: "You were mentioned in a comment",
    Kind.ASSIGNEE_CHANGE: "You were assigned to a run",
    Kind.VIEW_ACTION_ITEM_ASSIGNEE: "You were assigned to a view action item",
    Kind.VIEW_HIGHLIGHT_MENTION: "You were mentioned in a view highlight",
}

NAME = Markup("<span class='fw-bold'>@{}</span>")
NAME_IN_MAIL = Markup("<span style='font-weight: bold'>@{}</span>")
LINK = Markup("<a href='{}'>{}</a>")
PARAGRAPH = Markup("<p>{}</p>")
QUOTE = Markup("<blockquote>{}</blockquote>")
DOCUMENT = Markup("<!doctype html>\n<html lang=en>\n<body>\n<p>Hi,</p>\n{}\n</body>\n</html>\n")


@dataclass(frozen=True, slots=True)
class Notice:
    """What is told: about what, the inbox's HTML and the mail's."""

    kind: Kind
    source: Source
    source_id: UUID
    content: Markup
    mail: Markup


async def comment_mention(runtime: Runtime, sender: User, receivers: Iterable[User], comment_id: UUID, text: str, run: RunBase) -> None:
    """Tell users that a comment names them.

    Args:
        text: the comment as it is stored, `<` and `>` replaced.
        run: needs `id`, `test_id`, `build_id` and `build_number`.
    """
    sentence = Markup("You were mentioned by {} in a discussion of {}.")
    content = sentence.format(NAME.format(sender.username), _run_link(run))
    mail = PARAGRAPH.format(sentence.format(NAME_IN_MAIL.format(sender.username), _run_link(run, runtime.settings.BASE_URL)))
    notice = Notice(Kind.MENTION, Source.COMMENT, comment_id, content, mail + QUOTE.format(_text(text)))
    await _deliver(runtime, sender, receivers, notice)


async def run_assigned(runtime: Runtime, sender: User, receiver: UUID, run: RunBase) -> None:
    """Tell a user that a run is theirs.

    Args:
        run: needs `id`, `test_id`, `build_id` and `build_number`.

    Raises:
        NotificationManagerException: there is no such user.
    """
    sentence = Markup("You were assigned by {} to {}.")
    content = sentence.format(NAME.format(sender.username), _run_link(run))
    mail = PARAGRAPH.format(sentence.format(NAME_IN_MAIL.format(sender.username), _run_link(run, runtime.settings.BASE_URL)))
    notice = Notice(Kind.ASSIGNEE_CHANGE, Source.TEST_RUN, run.id, content, mail)
    await _deliver(runtime, sender, [await known_user(runtime, receiver)], notice)


async def action_item_assigned(runtime: Runtime, sender: User, receiver: UUID, view: ArgusUserView, action: str) -> None:
    """Tell a user that an action item of a view is theirs.

    Raises:
        NotificationManagerException: there is no such user.
    """
    sentence = Markup("You were assigned by {} to View Action {}.")
    content = sentence.format(NAME.format(sender.username), _view_link(view))
    mail = PARAGRAPH.format(sentence.format(NAME_IN_MAIL.format(sender.username), _view_link(view, runtime.settings.BASE_URL)))
    quoted = PARAGRAPH.format(Markup("Action: {}").format(_text(action)))
    notice = Notice(Kind.VIEW_ACTION_ITEM_ASSIGNEE, Source.VIEW_ACTION_ITEM, view.id, content + quoted, mail + quoted)
    await _deliver(runtime, sender, [await known_user(runtime, receiver)], notice)


async def highlight_mention(
    runtime: Runtime, sender: User, receivers: Iterable[User], view: ArgusUserView, source: Source, what: str, text: str
) -> None:
    """Tell users that a highlight of a view, or a comment on one, names them.

    Args:
        source: `VIEW_HIGHLIGHT` or `VIEW_ACTION_ITEM`.
        what: `highlight`, `action item`, `highlight comment` or `action item comment`.
    """
    content = Markup("You were mentioned by {} in a {} in view {}.").format(NAME.format(sender.username), what, _view_link(view))
    told = PARAGRAPH.format(Markup('{} mentioned you in a {} in view "{}".').format(sender.full_name, what, view.display_name))
    if text:
        told += PARAGRAPH.format("Content:") + QUOTE.format(_text(text))
    address = _view_address(view, runtime.settings.BASE_URL)
    told += PARAGRAPH.format(Markup("You can view it at: {}").format(LINK.format(address, address)))
    await _deliver(runtime, sender, receivers, Notice(Kind.VIEW_HIGHLIGHT_MENTION, source, view.id, content, DOCUMENT.format(told)))


async def _deliver(runtime: Runtime, sender: User, receivers: Iterable[User], notice: Notice) -> None:
    """A row in each receiver's inbox and the mail about it, in one write, as far as they want either; receivers do not see one another."""
    await asyncio.gather(*(_tell(runtime, sender, receiver, notice) for receiver in receivers))


async def _tell(runtime: Runtime, sender: User, receiver: User, notice: Notice) -> None:
    ways = await ways_to(runtime.store, receiver.id, notice.kind)
    written = [insert(_row(sender, receiver, notice))] if ways.bell else []
    if not ways.mail or not receiver.email or not runtime.settings.EMAIL_ENABLED:
        if written:
            await runtime.store.write(written[0])
        return
    mail = outbox.mail_to(receiver.email, f"Argus Notification - {TITLES[notice.kind]}", str(notice.mail))
    await runtime.store.write(batch(*written, outbox.queueing(mail)))
    runtime.spawn(outbox.try_now(runtime, mail))


def _row(sender: User, receiver: User, notice: Notice) -> ArgusNotification:
    return ArgusNotification(
        receiver=receiver.id,
        type=notice.kind.value,
        sender=sender.id,
        source_type=notice.source.value,
        source_id=notice.source_id,
        title=TITLES[notice.kind],
        content=str(notice.content),
    )


async def known_user(runtime: Runtime, user_id: UUID) -> User:
    """The user who is to be told.

    Raises:
        NotificationManagerException: there is no such user.
    """
    user = await runtime.store.find(User, id=user_id)
    if user is None:
        raise NotificationManagerException(f"UserId {user_id} not found in the database", user_id)
    return user


def _run_link(run: RunBase, base: str = "") -> Markup:
    address = f"{base}/test/{run.test_id}/runs?additionalRuns%5B%5D={run.id}"
    return LINK.format(address, f"{run.build_id}#{run.build_number}")


def _view_address(view: ArgusUserView, base: str) -> str:
    return f"{base}/view/{quote(view.name or '', safe='')}"


def _view_link(view: ArgusUserView, base: str = "") -> Markup:
    return LINK.format(_view_address(view, base), view.display_name)


def _text(value: str) -> Markup:
    """What a user wrote, for the inside of an element. Most of it is stored with `<` and `>` replaced, and stays as it is then."""
    return Markup(value.replace("<", "&lt;").replace(">", "&gt;"))  # noqa: S704
