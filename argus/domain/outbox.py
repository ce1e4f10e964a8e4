"""Mails that are queued with the write that causes them, and sent afterwards: never lost by a restart, never sent by two workers.

The worker that queued a mail tries at once; what it leaves, because it fails or the process ends, the job `mail` takes up
with growing pauses. A try is claimed before it is made. A process that dies between the server's "taken" and our delete
is the one case in which a mail comes twice, with the same Message-ID.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from smtplib import SMTPAuthenticationError, SMTPRecipientsRefused, SMTPResponseException

from argus.integrations.mail_message import plain
from argus.integrations.smtp import send_mail
from argus.kit.clock import now, time_uuid
from argus.kit.logs import redacted
from argus.models.mail import QueuedMail
from argus.runtime import Runtime
from argus.storage.errors import StorageError
from argus.storage.statements import Insert, delete, insert, select, update

log = logging.getLogger("argus.mail")

PAUSES = [timedelta(seconds=s) for s in (30, 120, 600, 1800, 3600)] + [timedelta(hours=h) for h in (3, 6, 12, 24)]
"""After each try until the next; the last one is followed by giving up, two days after the first."""
DAYS = 4  # of queued mails that are looked through each time: longer than all tries take
KEPT_DAYS = 30  # of them that are kept, and looked through now and then: nobody may have run for a week
ALL_EVERY = 3600.0  # seconds from one look through all that is kept to the next
QUEUED = ("day", "id", "receiver", "subject", "html", "text", "queued_at")


def mail_to(receiver: str, subject: str, html: str) -> QueuedMail:
    """A mail that is to be queued: `queueing` gives the write, `try_now` follows it."""
    at = now()
    return QueuedMail(day=f"{at:%Y-%m-%d}", id=time_uuid(), receiver=receiver, subject=subject, html=html, text=plain(html), queued_at=at)


def queueing(mail: QueuedMail) -> Insert:
    """The write that queues a mail, for the batch of what causes it."""
    return insert(mail, fields=QUEUED)


async def keep_refused(runtime: Runtime, receiver: str, subject: str, html: str, answer: str) -> None:
    """Keep what one of several receivers did not get, so that it can be seen and tried again."""
    mail = mail_to(receiver, subject, html)
    await runtime.store.write(queueing(mail))
    refused = update(QueuedMail, **mail.primary_key_values()).set(tries=1, given_up=True, error=redacted(answer))
    await runtime.store.write(refused.only_if(tries=None, receiver=receiver))


async def try_now(runtime: Runtime, mail: QueuedMail) -> None:
    """Send a mail that was just queued. What goes wrong is logged, and left to the job."""
    try:
        await attempt(runtime, mail)
    except StorageError as problem:
        log.warning("mail %s waits for the database: %r", mail.id, problem)


async def attempt(runtime: Runtime, mail: QueuedMail) -> bool:
    """Make one try, unless somebody else has claimed it.

    Returns:
        Whether the server has taken the mail.

    Raises:
        StorageError: the database does not answer.
    """
    key, number = mail.primary_key_values(), (mail.tries or 0) + 1
    claim = update(QueuedMail, **key).set(tries=number, not_before=now() + PAUSES[min(number, len(PAUSES)) - 1])
    if not (await runtime.store.write(claim.only_if(tries=mail.tries, receiver=mail.receiver))).applied:
        return False
    try:
        await send_mail(runtime, [mail.receiver or ""], mail.subject or "", mail.html or "", text=mail.text or "", message_id=mail.id)
    except Exception as error:
        final = number >= len(PAUSES) or _is_final(error)
        log.warning("mail %s could not be sent, try %d, %s: %r", mail.id, number, "given up" if final else "it waits", error)
        noted = update(QueuedMail, **key).set(error=redacted(f"{type(error).__name__}: {error}"), given_up=final)
        await runtime.store.write(noted.only_if(tries=number))
        return False
    await runtime.store.write(delete(QueuedMail).where(**key).only_if(tries=number))
    return True


def _is_final(error: Exception) -> bool:
    """Whether another try cannot help: the receiver does not exist, or the mail itself is refused. A login that fails can be mended."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    if isinstance(error, SMTPAuthenticationError):
        return False
    return isinstance(error, ValueError) or (isinstance(error, SMTPResponseException) and error.smtp_code >= 500)


class Sending:
    """What the job `mail` does, one for each process. Its first turn, and one an hour, looks through all that is kept."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._all_at = -math.inf

    async def turn(self, runtime: Runtime) -> str | None:
        """Make the tries that are due."""
        began = self._clock()
        if began < self._all_at + ALL_EVERY:
            return await send_due(runtime)
        told = await send_due(runtime, KEPT_DAYS)
        self._all_at = began
        return told


async def send_due(runtime: Runtime, days: int = DAYS) -> str | None:
    """Make the tries that are due of the mails of so many days."""
    at, sent, left = now(), 0, 0
    async for mail in unsent(runtime, days):
        if not mail.given_up and due_at(mail) <= at:
            taken = await attempt(runtime, mail)
            sent, left = sent + taken, left + (not taken)
    return f"{sent} mails sent, {left} wait or were given up" if sent or left else None


async def unsent(runtime: Runtime, days: int = DAYS) -> AsyncIterator[QueuedMail]:
    """Mails that wait or were given up in the last days, the oldest first."""
    today = now()
    for back in reversed(range(days)):
        async for mail in runtime.store.rows(select(QueuedMail).where(day=f"{today - timedelta(days=back):%Y-%m-%d}")):
            if mail.receiver is not None:
                yield mail


async def try_again(runtime: Runtime, mail: QueuedMail) -> bool:
    """Let a mail have all its tries again, whatever became of it. False when it is being tried just now."""
    change = update(QueuedMail, **mail.primary_key_values()).set(tries=0, not_before=now(), given_up=False)
    return (await runtime.store.write(change.only_if(tries=mail.tries, receiver=mail.receiver))).applied


def due_at(mail: QueuedMail) -> datetime:
    """When the next try is due. Before the first one the worker that queued the mail is at it."""
    return mail.not_before or (mail.queued_at or now()) + PAUSES[0]


async def forget_old(runtime: Runtime, days: int = KEPT_DAYS) -> None:
    """Remove what was queued so many days ago and never sent."""
    for back in range(days, 2 * days):
        await runtime.store.write(delete(QueuedMail).where(day=f"{now() - timedelta(days=back):%Y-%m-%d}"))
