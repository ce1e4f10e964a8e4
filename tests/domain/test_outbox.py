"""Mails are queued with what causes them, and each arrives once, whoever dies in between."""

from __future__ import annotations

import asyncio
import itertools
import smtplib
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from argus.domain import notify, outbox
from argus.domain.outbox import PAUSES, attempt, mail_to, queueing, send_due, try_again, unsent
from argus.kit import clock
from argus.models.catalogue import ArgusRelease
from argus.models.enums import ArgusNotificationSourceTypes
from argus.models.mail import QueuedMail
from argus.models.notification import ArgusNotification
from argus.models.user import User
from argus.models.view import ArgusUserView
from argus.runtime import Runtime
from argus.storage.errors import StorageError
from argus.storage.statements import Batch, select
from tests.domain.opened import opened
from tests.integrations.mailbox import Mailbox, mailbox

pytestmark = pytest.mark.anyio

ANN, BOB = User(username="ann", full_name="Ann"), User(username="bob", email="bob@example.com")
VIEW = ArgusUserView(name="v", display_name="V")


@pytest.fixture
async def box() -> AsyncIterator[Mailbox]:
    async with mailbox() as found:
        yield found


@pytest.fixture
async def runtime(box: Mailbox) -> AsyncIterator[Runtime]:
    plain: dict[str, Any] = {
        "EMAIL_SERVER": "127.0.0.1",
        "EMAIL_STARTTLS": False,
        "EMAIL_LOGIN": False,
        "EMAIL_SENDER": "argus@example.com",
    }
    async with opened(EMAIL_SERVER_PORT=box.port, **plain) as found:
        yield found


async def queue(runtime: Runtime, receiver: str = "bob@example.com", subject: str = "s") -> QueuedMail:
    mail = mail_to(receiver, subject, "<p>See <a href='https://x.example/'>this</a></p>")
    await runtime.store.write(queueing(mail))
    return mail


async def left(runtime: Runtime) -> list[QueuedMail]:
    return [mail async for mail in unsent(runtime)]


async def notice(runtime: Runtime) -> None:
    await notify.highlight_mention(runtime, ANN, [BOB], VIEW, ArgusNotificationSourceTypes.VIEW_HIGHLIGHT, "highlight", "text")


async def test_a_notification_and_its_mail_are_one_write(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(statement: Any) -> Any:
        if isinstance(statement, Batch):
            raise StorageError("down")
        raise AssertionError("one write")

    monkeypatch.setattr(runtime.store, "write", fails)
    with pytest.raises(StorageError):
        await notice(runtime)
    monkeypatch.undo()
    assert await left(runtime) == []
    assert await runtime.store.all(select(ArgusNotification).where(receiver=BOB.id)) == []


async def test_a_mail_is_sent_at_once_and_then_gone(runtime: Runtime, box: Mailbox) -> None:
    await notice(runtime)
    await runtime.settle()
    assert box.receivers == ["bob@example.com"]
    assert await left(runtime) == []


async def test_it_has_plain_text_beside_html_and_the_same_id_in_every_try(runtime: Runtime, box: Mailbox) -> None:
    mail = await queue(runtime)
    assert await attempt(runtime, mail)
    (sent,) = box.mails
    text, html = [part for part in sent.walk() if not part.is_multipart()]
    assert sent.get_content_type() == "multipart/alternative"
    assert text.get_payload(decode=True) == b"See this <https://x.example/>\n"
    assert html.get_content_type() == "text/html"
    assert sent["Message-ID"] == f"<{mail.id}@example.com>"
    assert sent["Date"]


async def test_a_restart_loses_nothing(runtime: Runtime, box: Mailbox) -> None:
    await queue(runtime)  # and the process dies
    assert await send_due(runtime) is None, "the process that queued it may be at it"
    with clock.at(clock.now() + PAUSES[0] + timedelta(seconds=1)):
        assert await send_due(runtime) == "1 mails sent, 0 wait or were given up"
    assert len(box.mails) == 1
    assert await left(runtime) == []


@pytest.mark.parametrize("days", [5, 29])
async def test_what_was_queued_before_nobody_ran_for_weeks_is_sent(runtime: Runtime, box: Mailbox, days: int) -> None:
    await queue(runtime)
    sending = outbox.Sending()
    with clock.at(clock.now() + timedelta(days=days)):
        assert await sending.turn(runtime) == "1 mails sent, 0 wait or were given up"
        await queue(runtime)
        assert await sending.turn(runtime) is None
    assert len(box.mails) == 1


async def test_all_that_is_kept_is_looked_through_now_and_then(runtime: Runtime, box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    at, looked = 0.0, list[int]()

    async def sent(runtime: Runtime, days: int = outbox.DAYS) -> None:
        looked.append(days)

    monkeypatch.setattr(outbox, "send_due", sent)
    sending = outbox.Sending(lambda: at)
    for at in (0.0, 10.0, outbox.ALL_EVERY - 1, outbox.ALL_EVERY, outbox.ALL_EVERY + 10):  # noqa: B007 - the clock
        await sending.turn(runtime)
    assert looked == [outbox.KEPT_DAYS, outbox.DAYS, outbox.DAYS, outbox.KEPT_DAYS, outbox.DAYS]


async def test_two_workers_make_a_try_once(runtime: Runtime, box: Mailbox) -> None:
    mails = [await queue(runtime, subject=str(number)) for number in range(20)]
    done = await asyncio.gather(*(attempt(runtime, mail) for mail in mails for _ in range(4)))
    assert sum(done) == 20
    assert Counter(mail["Subject"] for mail in box.mails) == Counter(str(number) for number in range(20))


async def test_a_server_that_is_down_is_tried_again_with_growing_pauses(
    runtime: Runtime, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []
    began = clock.now()

    async def down(*_: Any, **__: Any) -> dict[str, str]:
        tries.append(round((clock.now() - began) / timedelta(minutes=5)))
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(outbox, "send_mail", down)
    await queue(runtime)
    for minutes in range(0, 60 * 72, 5):
        with clock.at(began + timedelta(minutes=minutes)):
            await send_due(runtime)
    pauses = [later - sooner for sooner, later in itertools.pairwise(tries)]
    assert len(tries) == len(PAUSES)
    assert pauses == sorted(pauses)
    (mail,) = await left(runtime)
    assert mail.given_up
    assert mail.error == "ConnectionRefusedError: [Errno 111] Connection refused"


@pytest.mark.parametrize(
    ("error", "final"),
    [
        (smtplib.SMTPRecipientsRefused({"bob@example.com": (550, b"no")}), True),
        (smtplib.SMTPRecipientsRefused({"bob@example.com": (451, b"later")}), False),
        (smtplib.SMTPDataError(554, b"spam"), True),
        (smtplib.SMTPAuthenticationError(535, b"wrong"), False),
        (ValueError("Header values may not contain linefeed"), True),
        (TimeoutError(), False),
    ],
)
async def test_what_no_further_try_can_help_is_given_up_at_once(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, error: Exception, final: bool
) -> None:
    async def fails(*_: Any, **__: Any) -> dict[str, str]:
        raise error

    monkeypatch.setattr(outbox, "send_mail", fails)
    await attempt(runtime, await queue(runtime))
    (mail,) = await left(runtime)
    assert bool(mail.given_up) is final
    assert mail.error


async def test_a_mail_that_was_given_up_can_be_tried_again(runtime: Runtime, box: Mailbox) -> None:
    await attempt(runtime, await queue(runtime, "x@refused.example"))
    (mail,) = await left(runtime)
    assert mail.given_up
    assert await try_again(runtime, mail)
    (mail,) = await left(runtime)
    assert (mail.given_up, mail.tries) == (False, 0)


async def test_mails_that_wait_do_not_stand_in_the_way_of_each_other(runtime: Runtime, box: Mailbox) -> None:
    await queue(runtime, "x@refused.example")
    await queue(runtime, "y@example.com")
    with clock.at(clock.now() + timedelta(minutes=1)):
        await send_due(runtime)
    assert box.receivers == ["y@example.com"]


async def test_other_rows_are_none_of_its_business(runtime: Runtime) -> None:
    release = ArgusRelease(name="r")
    await runtime.store.save(release)
    await send_due(runtime)
    assert await runtime.store.find(ArgusRelease, id=release.id)
