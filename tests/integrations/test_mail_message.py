"""Texts of users stay texts: in headers, in names of any script, in attachments."""

from __future__ import annotations

import email
from email.message import EmailMessage
from email.policy import default
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argus.integrations.mail_message import Attachment, compose, plain, receivers

ID = UUID("00000000-0000-1000-8000-000000000000")
HEADERS = ["Content-Type", "MIME-Version", "Subject", "From", "To", "Date", "Message-ID"]


def parsed(raw: bytes) -> EmailMessage:
    return email.message_from_bytes(raw, policy=default)


def mail(subject: str = "s", to: str = "a@example.com", *attachments: Attachment) -> bytes:
    return compose(ID, "Argus <argus@example.com>", receivers([to]), subject, "<p>x</p>", attachments=attachments)


@given(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=2000))
def test_a_subject_is_read_as_it_was_written(subject: str) -> None:
    raw = mail(subject)
    head = raw.partition(b"\r\n\r\n")[0]
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert raw.isascii()
    assert sorted(parsed(raw).keys()) == sorted(HEADERS)
    assert " ".join(str(parsed(raw)["Subject"]).split()) == " ".join(subject.split()), head


@pytest.mark.parametrize("subject", ["x =?UTF-8?Q?=0A?=Reply-To: evil@example.com", "y=?UTF-8?Q?=0D=0AX-Own:_1?=", "=?utf-8?b?Cg==?="])
def test_an_encoded_word_of_a_user_is_a_text(subject: str) -> None:
    assert sorted(parsed(mail(subject)).keys()) == sorted(HEADERS)
    assert str(parsed(mail(subject))["Subject"]) == subject


@pytest.mark.parametrize("text", ["a\nBcc: b@example.com", "a\rb", "a\r\n\r\nbody"])
def test_a_line_break_in_a_header_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="linefeed"):
        mail(text)
    with pytest.raises(ValueError, match="linefeed"):
        receivers([f"{text} <a@example.com>"])


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Jörg Müller <joerg@example.com>", "joerg@example.com"),
        ("joerg@example.com", "joerg@example.com"),
        ('"Müller, Jörg" <joerg@example.com>', "joerg@example.com"),
        ("山田 <yamada@bücher.example>", "yamada@xn--bcher-kva.example"),
    ],
)
def test_a_name_of_any_script_is_encoded_and_the_address_is_not(text: str, address: str) -> None:
    (receiver,) = receivers([text])
    assert receiver.address == address
    raw = mail(to=text)
    assert raw.isascii()
    assert parsed(raw)["To"].addresses[0].addr_spec == address


def test_several_addresses_in_one_text_are_several_receivers() -> None:
    assert [r.address for r in receivers(["a@example.com, B <b@example.com>", "c@example.com"])] == [
        "a@example.com",
        "b@example.com",
        "c@example.com",
    ]


def test_a_name_of_an_attachment_is_a_text() -> None:
    message = parsed(mail("s", "a@example.com", Attachment('a"\r\nX: y.txt', b"1"), Attachment("größe.txt", b"2")))
    assert [part.get_filename() for part in message.iter_attachments()] == ['a"__X: y.txt', "größe.txt"]


def test_plain_text_says_what_html_shows() -> None:
    html = "<!doctype html><head><style>p {}</style><title>t</title></head><p>Hi &amp; <b>bye</b>,</p>see <a href='https://x/'>it</a> or <a href='https://y/'>https://y/</a><script>no()</script>"
    assert plain(html) == "Hi & bye,\nsee it <https://x/> or https://y/\n"
