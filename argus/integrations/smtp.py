"""Mail, over SMTP. Settings: `EMAIL_*`, read at each send."""

from __future__ import annotations

import asyncio
import logging
import os
import smtplib
import socket
import ssl
from collections.abc import Sequence
from uuid import UUID, uuid4

import aiosmtplib

from argus.integrations.mail_message import Attachment, Receiver, compose, receivers
from argus.kit.errors import foreseen
from argus.kit.settings import Settings
from argus.runtime import Runtime

log = logging.getLogger("argus.smtp")

TIMEOUT = 10.0  # seconds, of each step of the conversation
AT_ONCE = 4  # conversations of one worker
NOBODY = "argus@localhost"  # the sender where none is configured

_slots = asyncio.Semaphore(AT_ONCE)


async def send_mail(
    runtime: Runtime,
    to: Sequence[str],
    subject: str,
    html: str,
    attachments: Sequence[Attachment] = (),
    *,
    text: str | None = None,
    message_id: UUID | None = None,
) -> dict[str, str]:
    """Send one mail to all receivers.

    Args:
        text: what the HTML says, for who reads without it.
        message_id: of a mail that may be sent again; a new one for others.

    Returns:
        Receivers that the server did not take, and what it said of each; the others got the mail.

    Raises:
        ValueError: nobody to send to, or a line break in a header.
        KeyError: a setting is missing; the argument is its name.
        SMTPException: the server refuses; nobody got it, or (`SMTPRecipientsRefused`) none of the receivers exists there.
        OSError: no connection to the server.
    """
    if not to:
        raise foreseen(ValueError("No recipients provided"))
    settings = runtime.settings
    sender, told = settings.EMAIL_SENDER or NOBODY, receivers(to)
    message = compose(message_id or uuid4(), sender, told, subject, html, text, attachments)
    async with _slots:
        return await _deliver(settings, sender, told, message)


def missing_settings(settings: Settings) -> list[str]:
    """Settings without which no mail can leave; none where mail is switched off."""
    if not settings.EMAIL_ENABLED:
        return []
    needed = ["EMAIL_SERVER", "EMAIL_SENDER", *(("EMAIL_SENDER_USER", "EMAIL_SENDER_PASS") if settings.EMAIL_LOGIN else ())]
    return [key for key in needed if not getattr(settings, key)]


async def _deliver(settings: Settings, sender: str, told: Sequence[Receiver], message: bytes) -> dict[str, str]:
    connection = await _connect(_required(settings, "EMAIL_SERVER"), settings.EMAIL_SERVER_PORT)
    server = aiosmtplib.SMTP(sock=connection, timeout=TIMEOUT, start_tls=False, use_tls=False)
    try:
        await server.connect()
        await _secure(server, settings)
        addresses = [receiver.address for receiver in told]
        options = [] if all(map(str.isascii, addresses)) else ["SMTPUTF8", "BODY=8BITMIME"]
        refused, _ = await server.sendmail(sender, addresses, message, mail_options=options)
        return {address: f"{answer.code} {answer.message}" for address, answer in refused.items()}
    except aiosmtplib.SMTPException as error:
        raise _known(error) from error
    finally:
        server.close()


async def _secure(server: aiosmtplib.SMTP, settings: Settings) -> None:
    """Encrypt and log in, as the settings want it and the server offers it.

    Raises:
        SMTPNotSupportedError: encryption is required, and the server has none.
        KeyError: a login is wanted, and its settings are missing.
    """
    await server.ehlo()
    encrypted = False
    if settings.EMAIL_STARTTLS:
        if server.supports_extension("starttls"):
            await server.starttls(server_hostname=settings.EMAIL_SERVER, tls_context=ssl.create_default_context())
            await server.ehlo()
            encrypted = True
        elif settings.EMAIL_STARTTLS == "required":
            raise smtplib.SMTPNotSupportedError("STARTTLS extension not supported by server.")
        else:
            log.warning("the mail server does not offer STARTTLS: mails travel as they are")
    if not settings.EMAIL_LOGIN:
        return
    user, password = _required(settings, "EMAIL_SENDER_USER"), _required(settings, "EMAIL_SENDER_PASS")
    if not server.supports_extension("auth"):
        log.warning("the mail server does not offer a login: mails are handed over without")
    elif not encrypted and settings.EMAIL_STARTTLS:
        log.warning("the mail server does not offer STARTTLS: the password is not sent to it")
    else:
        await server.login(user, password)


async def _connect(host: str, port: int) -> socket.socket:
    """A connection to the first address of the host that takes one.

    Raises:
        OSError: none does; the error is that of the last one.
    """
    loop = asyncio.get_running_loop()
    problem: OSError = OSError("getaddrinfo returns an empty list")
    for family, kind, protocol, _, address in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        connection = socket.socket(family, kind, protocol)
        connection.setblocking(False)
        try:
            async with asyncio.timeout(TIMEOUT):
                await loop.sock_connect(connection, address)
            return connection
        except TimeoutError:
            connection.close()
            problem = TimeoutError("timed out")
        except OSError as error:
            connection.close()
            problem = OSError(error.errno, os.strerror(error.errno)) if error.errno else error
        except BaseException:
            connection.close()
            raise
    raise problem


def _required(settings: Settings, key: str) -> str:
    value: str | None = getattr(settings, key)
    if not value:
        raise foreseen(KeyError(key))
    return value


def _known(error: aiosmtplib.SMTPException) -> smtplib.SMTPException:
    """The standard library's name for an error, with its arguments: those that clients have always been told."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return smtplib.SMTPRecipientsRefused({each.recipient: (each.code, each.message.encode()) for each in error.recipients})
    if isinstance(error, aiosmtplib.SMTPResponseException):
        told = (error.code, error.message.encode())
        if isinstance(error, aiosmtplib.SMTPSenderRefused):
            return smtplib.SMTPSenderRefused(*told, error.sender)
        kinds = {aiosmtplib.SMTPDataError: smtplib.SMTPDataError, aiosmtplib.SMTPAuthenticationError: smtplib.SMTPAuthenticationError}
        return next((ours(*told) for theirs, ours in kinds.items() if isinstance(error, theirs)), smtplib.SMTPResponseException(*told))
    if isinstance(error, aiosmtplib.SMTPNotSupported):
        return smtplib.SMTPNotSupportedError(str(error))
    return smtplib.SMTPServerDisconnected(str(error))
