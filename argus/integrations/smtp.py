"""Mail, over SMTP (integrations.md, "SMTP"). Settings: `EMAIL_*`, read at each send."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import Message
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import SMTP

from argus.kit.errors import foreseen
from argus.kit.pools import MAIL
from argus.kit.settings import Settings
from argus.runtime import Runtime

TIMEOUT = 10  # seconds, of each step of the conversation
NOBODY = "argus@localhost"  # the sender where none is configured


@dataclass(frozen=True, slots=True)
class Attachment:
    filename: str
    data: bytes


async def send_mail(runtime: Runtime, to: Sequence[str], subject: str, html: str, attachments: Sequence[Attachment] = ()) -> None:
    """Send one mail to all receivers, in a thread: the loop goes on.

    Raises:
        ValueError: nobody to send to, or a line break in a header.
        KeyError: a setting is missing; the argument is its name.
        SMTPException: the server refuses; nobody got it, or (`SMTPRecipientsRefused`) none of the receivers exists there.
        OSError: no connection to the server.
        ServiceBusy: too many mails wait already.
    """
    if not to:
        raise foreseen(ValueError("No recipients provided"))
    settings = runtime.settings
    message = compose(settings.EMAIL_SENDER or NOBODY, to, subject, html, attachments)
    await runtime.blocking(MAIL, _deliver, settings, to, message)


def compose(sender: str, to: Sequence[str], subject: str, html: str, attachments: Sequence[Attachment]) -> Message:
    """A mail: attachments first, the HTML last.

    Raises:
        ValueError: a line break in a header.
    """
    message = MIMEMultipart(policy=SMTP)
    message["Subject"] = subject
    message["From"] = sender
    message["To"] = ",".join(to)
    for attachment in attachments:
        part = MIMEApplication(attachment.data, policy=SMTP)
        part.add_header("Content-Disposition", "attachment", filename=attachment.filename)
        message.attach(part)
    message.attach(MIMEText(html, "html", "utf-8", policy=SMTP))
    return message


def _deliver(settings: Settings, to: Sequence[str], message: Message) -> None:
    host = _required(settings, "EMAIL_SERVER")
    with smtplib.SMTP(host, settings.EMAIL_SERVER_PORT, timeout=TIMEOUT) as server:
        if settings.EMAIL_STARTTLS:
            server.starttls(context=ssl.create_default_context())
        if settings.EMAIL_LOGIN:
            server.login(_required(settings, "EMAIL_SENDER_USER"), _required(settings, "EMAIL_SENDER_PASS"))
        server.send_message(message, settings.EMAIL_SENDER or NOBODY, list(to))


def _required(settings: Settings, key: str) -> str:
    value: str | None = getattr(settings, key)
    if not value:
        raise foreseen(KeyError(key))
    return value
