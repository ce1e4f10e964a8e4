"""Secrets that a session carries to the next page."""

from __future__ import annotations

from argus.auth import sealed
from argus.auth.session import Session, SessionCodec
from argus.kit.settings import Settings

OLD, NEW = "the-older-secret", "the-current-secret"
FIRST_RUN = {"password": "p/+", "first_login": True}


def test_a_secret_is_shown_by_no_cookie_and_taken_once() -> None:
    session, settings = Session(), Settings(SECRET_KEY=NEW)
    sealed.put(session, settings, "token_generated", "the/new+token")
    sealed.put(session, settings, "first_run_info", FIRST_RUN)
    read = SessionCodec(NEW).load(SessionCodec(NEW).dump(session))
    assert "the/new+token" not in str(dict(read))
    assert sealed.take(read, settings, "token_generated") == "the/new+token"
    assert sealed.take(read, settings, "first_run_info") == FIRST_RUN
    assert dict(read) == {}
    assert sealed.take(read, settings, "token_generated") is None


def test_a_secret_outlives_a_change_of_the_key_and_not_its_loss() -> None:
    session = Session()
    sealed.put(session, Settings(SECRET_KEY=OLD), "token_generated", "t")
    kept = dict(session)
    assert sealed.take(Session(kept), Settings(SECRET_KEY=NEW, SECRET_KEY_FALLBACKS=[OLD]), "token_generated") == "t"
    assert sealed.take(Session(kept), Settings(SECRET_KEY=NEW), "token_generated") is None


def test_what_the_reference_left_is_taken_as_it_is() -> None:
    session = Session({"token_generated": "t"})
    assert sealed.take(session, Settings(SECRET_KEY=NEW), "token_generated") == "t"
    assert dict(session) == {}
