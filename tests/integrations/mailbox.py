"""A mail server that keeps what it gets."""

from __future__ import annotations

import asyncio
import email
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import Message
from email.policy import default


class Mailbox:
    """Speaks enough SMTP for `smtplib`; refuses receivers below `refused.example`."""

    def __init__(self) -> None:
        self.port = 0
        self.mails: list[Message] = []
        self.receivers: list[str] = []

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mailbox ESMTP\r\n")
        while line := await reader.readline():
            verb = line.split()[0].upper()
            if verb == b"EHLO":
                writer.write(b"250-mailbox\r\n250 SIZE 50000000\r\n")
            elif verb == b"RCPT":
                receiver = line.decode().partition("<")[2].partition(">")[0]
                refused = receiver.endswith("refused.example")
                self.receivers += [] if refused else [receiver]
                writer.write(b"550 nobody here\r\n" if refused else b"250 fine\r\n")
            elif verb == b"DATA":
                writer.write(b"354 go on\r\n")
                raw = await reader.readuntil(b"\r\n.\r\n")
                self.mails.append(email.message_from_bytes(raw[:-3], policy=default))
                writer.write(b"250 taken\r\n")
            elif verb == b"QUIT":
                writer.write(b"221 bye\r\n")
                break
            else:
                writer.write(b"250 fine\r\n")
        writer.close()


@asynccontextmanager
async def mailbox() -> AsyncIterator[Mailbox]:
    """A server on a free port of this machine."""
    box = Mailbox()
    server = await asyncio.start_server(box.talk, "127.0.0.1", 0)
    box.port = server.sockets[0].getsockname()[1]
    async with server:
        yield box
