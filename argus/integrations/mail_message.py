"""A mail as it travels: headers that texts of users cannot break out of, HTML with a plain version beside it, attachments."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.header import Header
from email.message import Message
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime, formataddr, getaddresses
from html.parser import HTMLParser
from uuid import UUID

from argus.kit.clock import now
from argus.kit.errors import foreseen

LONGEST_WORD = 900  # characters that a header can hold without a place to fold; the protocol's lines end at 998
WIRE = compat32.clone(linesep="\r\n")
BREAKS = re.compile(r"[\r\n]")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Attachment:
    filename: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Receiver:
    """Somebody who gets a mail: the address, and how the header shows it."""

    address: str
    shown: str


def receivers(texts: Sequence[str]) -> list[Receiver]:
    """The addresses in texts such as `Jörg Müller <joerg@example.com>`, in any script.

    Raises:
        ValueError: a line break.
    """
    found: list[Receiver] = []
    for text in texts:
        _refuse_breaks(text)
        parsed = [(name, address) for name, address in getaddresses([text]) if address]
        for name, address in parsed or [("", text.strip())]:
            wire = _with_ascii_domain(address)
            found.append(Receiver(wire, formataddr((name, wire)) if wire.isascii() else wire))
    return found


def compose(
    message_id: UUID,
    sender: str,
    to: Sequence[Receiver],
    subject: str,
    html: str,
    text: str | None = None,
    attachments: Sequence[Attachment] = (),
) -> bytes:
    """A mail: attachments first, the HTML last, as the reports' readers know it. With `text` both are given as alternatives.

    Args:
        message_id: made once a mail, so that a copy that comes twice is known as one.
        text: what the HTML says, for who reads without it.

    Raises:
        ValueError: a line break in a header.
    """
    message = MIMEMultipart("mixed" if text is None else "alternative", policy=compat32)
    message["Subject"] = _header("Subject", subject)
    message["From"] = sender
    message["To"] = ",".join(receiver.shown for receiver in to)
    message["Date"] = format_datetime(now())
    message["Message-ID"] = f"<{message_id}@{_domain(sender)}>"
    for attachment in attachments:
        message.attach(_attached(attachment))
    if text is not None:
        message.attach(MIMEText(text, "plain", "utf-8", policy=compat32))
    message.attach(MIMEText(html, "html", "utf-8", policy=compat32))
    return message.as_bytes(policy=WIRE)


def plain(html: str) -> str:
    """A text that says what HTML shows; where a link leads stands behind it."""
    reader = _Plain()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.pieces).splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


class _Plain(HTMLParser):
    BLOCKS = frozenset({"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "table", "ul", "ol", "blockquote", "pre"})
    UNSEEN = frozenset({"style", "script", "head", "title"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._unseen = 0
        self._links: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen += tag in self.UNSEEN
        if tag in self.BLOCKS:
            self.pieces.append("\n")
        elif tag in ("td", "th"):
            self.pieces.append(" ")
        elif tag == "a":
            self._links.append((dict(attrs).get("href") or "", len(self.pieces)))

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in self.UNSEEN and self._unseen > 0
        if tag == "a" and self._links:
            target, since = self._links.pop()
            if target and target != "".join(self.pieces[since:]).strip():
                self.pieces.append(f" <{target}>")
        elif tag in self.BLOCKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.pieces.append(data)


def _header(name: str, text: str) -> str:
    """A header's text, whatever it is: what looks like an encoded word is shown as it was written.

    Raises:
        ValueError: a line break.
    """
    _refuse_breaks(text)
    simple = text.isascii() and text.isprintable() and "=?" not in text and max(map(len, text.split(" "))) < LONGEST_WORD
    return Header(text, "us-ascii" if simple else "utf-8", header_name=name).encode()


def _refuse_breaks(text: str) -> None:
    if BREAKS.search(text):
        raise foreseen(ValueError("Header values may not contain linefeed or carriage return characters"))


def _attached(attachment: Attachment) -> Message:
    part = MIMEApplication(attachment.data, policy=compat32)
    name = CONTROL.sub("_", attachment.filename)
    part.add_header("Content-Disposition", "attachment", filename=name if name.isascii() else ("utf-8", "", name))
    return part


def _with_ascii_domain(address: str) -> str:
    local, at, domain = address.rpartition("@")
    if domain.isascii():
        return address
    try:
        return f"{local}{at}{domain.encode('idna').decode()}"
    except UnicodeError:
        return address


def _domain(sender: str) -> str:
    parsed = getaddresses([sender])[0][1] if sender else ""
    return _with_ascii_domain(parsed).rpartition("@")[2] or "argus.localhost"
