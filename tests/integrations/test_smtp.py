"""Mails reach a server as multipart HTML with attachments; what goes wrong says so."""

from __future__ import annotations

import socket
from email.message import EmailMessage
from smtplib import SMTPRecipientsRefused
from typing import Any, cast

import pytest

from argus.integrations.mail_message import Attachment
from argus.integrations.smtp import missing_settings, send_mail
from argus.kit.settings import Settings
from argus.web.worker import Worker
from tests.domain.opened import opened
from tests.integrations.mailbox import mailbox

pytestmark = pytest.mark.anyio

PLAIN = {"EMAIL_SERVER": "127.0.0.1", "EMAIL_STARTTLS": False, "EMAIL_LOGIN": False, "EMAIL_SENDER": "argus@example.com"}


async def test_a_mail_arrives_with_attachments_first_and_the_html_last() -> None:
    async with mailbox() as box, opened(EMAIL_SERVER_PORT=box.port, **PLAIN) as runtime:
        attachments = [Attachment("größe.txt", b"\x00hello")]
        await send_mail(runtime, ["a@example.com", "b@example.com"], "Grüße & more", "<p>Hä?</p>", attachments)
    (mail,) = box.mails
    file, html = [cast(EmailMessage, part) for part in mail.walk() if not part.is_multipart()]
    assert (mail["Subject"], mail["From"]) == ("Grüße & more", "argus@example.com")
    assert mail["To"].replace(" ", "") == "a@example.com,b@example.com"
    assert box.receivers == ["a@example.com", "b@example.com"]
    assert (file.get_filename(), file.get_content()) == ("größe.txt", b"\x00hello")
    assert (html.get_content_type(), html.get_content().strip()) == ("text/html", "<p>Hä?</p>")


async def test_receivers_that_the_server_does_not_know_are_an_error() -> None:
    async with mailbox() as box, opened(EMAIL_SERVER_PORT=box.port, **PLAIN) as runtime:
        with pytest.raises(SMTPRecipientsRefused):
            await send_mail(runtime, ["x@refused.example"], "s", "h")
    assert box.mails == []


async def test_nobody_to_send_to_is_an_error() -> None:
    async with opened(**PLAIN) as runtime:
        with pytest.raises(ValueError, match="No recipients provided"):
            await send_mail(runtime, [], "s", "h")


async def test_a_header_cannot_be_smuggled_in() -> None:
    async with mailbox() as box, opened(EMAIL_SERVER_PORT=box.port, **PLAIN) as runtime:
        with pytest.raises(ValueError, match="linefeed"):
            await send_mail(runtime, ["a@example.com"], "subject\nBcc: everyone@example.com", "h")
    assert box.mails == []


async def test_a_server_that_is_down_is_a_connection_error() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with opened(EMAIL_SERVER_PORT=port, **PLAIN) as runtime:
        with pytest.raises(ConnectionRefusedError):
            await send_mail(runtime, ["a@example.com"], "s", "h")


async def test_a_missing_setting_is_named() -> None:
    async with opened(EMAIL_SERVER=None) as runtime:
        with pytest.raises(KeyError, match="EMAIL_SERVER"):
            await send_mail(runtime, ["a@example.com"], "s", "h")
    async with mailbox() as box, opened(**(PLAIN | {"EMAIL_LOGIN": True, "EMAIL_SERVER_PORT": box.port})) as runtime:
        with pytest.raises(KeyError, match="EMAIL_SENDER_USER"):
            await send_mail(runtime, ["a@example.com"], "s", "h")


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({}, ["EMAIL_SERVER", "EMAIL_SENDER", "EMAIL_SENDER_USER", "EMAIL_SENDER_PASS"]),
        ({"EMAIL_LOGIN": False, "EMAIL_SENDER": "a@example.com"}, ["EMAIL_SERVER"]),
        ({"EMAIL_ENABLED": False}, []),
        ({"EMAIL_SERVER": "mail", "EMAIL_SENDER": "a@example.com", "EMAIL_LOGIN": False}, []),
    ],
)
async def test_the_start_says_what_mail_lacks(given: dict[str, Any], missing: list[str], caplog: pytest.LogCaptureFixture) -> None:
    worker = Worker(Settings(SECRET_KEY="of-tests", STORAGE="sqlite://", **given))
    with caplog.at_level("WARNING", "argus.worker"):
        await worker.open()
    await worker.close()
    told = [record.getMessage() for record in caplog.records if "no mail will be sent" in record.getMessage()]
    assert len(told) == (1 if missing else 0)
    assert all(name in told[0] for name in missing)
    assert missing_settings(worker.settings) == missing
