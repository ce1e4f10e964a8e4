"""People of a test's own: each with a password, a role and browsers."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

import httpx
from werkzeug.security import generate_password_hash

from argus.auth.session import Session, SessionCodec
from argus.models.user import User
from tests.serving import Server

PASSWORD = "the-first-password"
LOGIN = "/auth/login"


@dataclass
class Person:
    """A user, and what the user does in browsers."""

    server: Server
    user: User

    @property
    def name(self) -> str:
        return self.user.username or ""

    async def browser(self, password: str = PASSWORD) -> httpx.AsyncClient:
        """A browser after the login form was sent."""
        browser = self.server.client(None)
        await browser.post(LOGIN, data={"username": self.name, "password": password})
        return browser

    def with_cookie(self, cookie: str) -> httpx.AsyncClient:
        """A browser that somebody has put a cookie into."""
        browser = self.server.client(None)
        browser.cookies.set("session", cookie)
        return browser

    def reference_cookie(self, **values: object) -> str:
        """A session as the reference writes it: without id and epoch."""
        return codec(self.server).dump(Session({"user_id": str(self.user.id), **values}))


def codec(server: Server) -> SessionCodec:
    return SessionCodec(server.runtime.settings.SECRET_KEY)


async def person(server: Server, *roles: str, **values: object) -> Person:
    """Somebody new."""
    name = f"person-{uuid4().hex[:10]}"
    hashed = generate_password_hash(PASSWORD, method="pbkdf2:sha256:1000")
    user = User(username=name, full_name=name, email=f"{name}@example.com", password=hashed, roles=["ROLE_USER", *roles])
    user = user.changed(**values)
    await server.store.save(user)
    return Person(server, user)


def cookie_of(browser: httpx.AsyncClient) -> str:
    return str(browser.cookies["session"])


async def logged_in(browser: httpx.AsyncClient) -> bool:
    """Whether an API route knows who calls."""
    return (await browser.get("/api/v1/user/token")).status_code == 200
