"""The session cookie, which both lanes and the reference read and write."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import URLSafeTimedSerializer

from argus.auth.session import Session, SessionCodec

SECRET = "a secret"


def flask_serializer() -> URLSafeTimedSerializer:
    app = Flask("other")
    app.secret_key = SECRET
    found = SecureCookieSessionInterface().get_signing_serializer(app)
    assert found is not None
    return found


scalars = st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text() | st.uuids() | st.binary(max_size=20)
values = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(max_size=5), inner), max_leaves=10
)


@given(st.dictionaries(st.text(min_size=1), values))
def test_a_cookie_goes_both_ways_between_flask_and_us(content: dict[str, Any]) -> None:
    codec, flask = SessionCodec(SECRET), flask_serializer()
    assert dict(codec.load(flask.dumps(content))) == content
    assert flask.loads(codec.dump(Session(content))) == content


@pytest.mark.parametrize("cookie", [None, "", "x", "eyJhIjoxfQ.x.y"])
def test_an_unsigned_cookie_is_no_session(cookie: str | None) -> None:
    assert dict(SessionCodec(SECRET).load(cookie)) == {}


def test_another_key_signs_another_cookie() -> None:
    cookie = SessionCodec("another secret").dump(Session({"user_id": "x"}))
    assert dict(SessionCodec(SECRET).load(cookie)) == {}


def test_a_cookie_of_an_older_key_counts_and_new_ones_bear_the_current_key() -> None:
    cookie = SessionCodec("the older secret").dump(Session({"user_id": "x"}))
    rotated = SessionCodec(SECRET, ["the oldest secret", "the older secret"])
    assert dict(rotated.load(cookie)) == {"user_id": "x"}
    assert dict(SessionCodec(SECRET).load(rotated.dump(rotated.load(cookie)))) == {"user_id": "x"}


@pytest.mark.parametrize(("days", "holds"), [(30.99, True), (31.01, False)])
def test_a_session_lasts_31_days_since_it_was_written(monkeypatch: pytest.MonkeyPatch, days: float, holds: bool) -> None:
    codec = SessionCodec(SECRET)
    cookie = codec.dump(Session({"user_id": "x"}))
    signer = type(codec._serializer.make_signer())
    now = codec._serializer.make_signer().get_timestamp()  # type: ignore[attr-defined]
    monkeypatch.setattr(signer, "get_timestamp", lambda self: now + int(days * 24 * 3600))
    assert bool(codec.load(cookie)) == holds


def test_flashes_come_out_once_and_in_order() -> None:
    session = Session()
    session.flash("first", "error")
    session.flash("second")
    assert session.take_flashes() == [("error", "first"), ("message", "second")]
    assert session.take_flashes() == []


def test_a_session_knows_whether_it_was_touched() -> None:
    session = Session({"a": 1}, new=False)
    assert not session.touched
    assert session.get("a") == 1
    assert session.touched
    assert not session.modified
    session.pop("missing")
    assert not session.modified
    session.pop("a")
    assert session.modified
