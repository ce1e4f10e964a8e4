"""Which account somebody from GitHub has. The name there can be given up and taken by another; the number cannot, so it is what counts.

A number that was seen before opens its account, whatever either is called by now. Otherwise an account of the same name is theirs only if
it has signed on with GitHub before numbers were kept, belongs to no other number, and GitHub bears it out: the account's address is one
that GitHub has verified for this person, or the token of that earlier sign-on is this person's. Nobody gets an account by its name alone.
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from typing import Any

import httpx
from werkzeug.security import generate_password_hash

from argus.auth.security_log import record
from argus.domain.accounts import email_taken
from argus.domain.exclusive import exclusive
from argus.domain.pictures import LARGEST_PICTURE, store_picture
from argus.integrations import remote
from argus.integrations.outbound import read_at_most
from argus.integrations.remote import Remote, RemoteError
from argus.kit.clock import now
from argus.kit.content import RASTER, sniff
from argus.kit.errors import UserServiceException
from argus.kit.pools import PASSWORDS
from argus.models.enums import UserRoles
from argus.models.security import ExternalIdentity, SecurityEvents
from argus.models.user import User, UserOauthToken
from argus.runtime import Runtime
from argus.storage.statements import select

API = "https://api.github.com"
SIGN_ON = Remote("GitHub sign-on", seconds=10, obeys=False)  # its limits are those of the one who signs on


@dataclass(frozen=True, slots=True)
class Profile:
    """What GitHub says of somebody."""

    user: dict[str, Any]
    emails: list[dict[str, Any]]
    organizations: set[str]
    token: str

    @property
    def login(self) -> str:
        return str(self.user["login"])

    @property
    def subject(self) -> str | None:
        """What never changes of the person."""
        number = self.user.get("id")
        return f"github:{number}" if number is not None else None

    @property
    def verified(self) -> list[str]:
        """Addresses that are this person's."""
        return [str(entry["email"]) for entry in self.emails if entry.get("verified", True)]

    @property
    def address(self) -> str | None:
        """The one that a new account gets: of the company, else the main one."""
        main = next((str(entry["email"]) for entry in self.emails if entry.get("primary") and entry.get("verified")), None)
        return next((address for address in self.verified if address.endswith("@scylladb.com")), main)


async def ask(runtime: Runtime, token: str, path: str) -> Any:
    """What GitHub answers to the owner of a token.

    Raises:
        UserServiceException: it refuses.
        RemoteError: it does not answer, or not with JSON.
    """
    return answered(await remote.ask(runtime, SIGN_ON, "GET", f"{API}{path}", headers={"Authorization": f"token {token}"}))


def answered(answer: httpx.Response) -> Any:
    """The JSON of an answer of GitHub's.

    Raises:
        UserServiceException: it refuses. The text has its status only: the address may hold secrets.
        RemoteError: it is no JSON.
    """
    if answer.status_code != 200:
        raise UserServiceException(f"GitHub answered {answer.status_code}")
    return remote.json_of(SIGN_ON, answer)


async def of(runtime: Runtime, profile: Profile) -> tuple[User, str | None]:
    """The account of somebody from GitHub, and the password of one that was made just now.

    Raises:
        UserServiceException: the name belongs to somebody else here.
    """
    known = await _tied(runtime, profile)
    if known is not None:
        return known, None
    async with exclusive(runtime.store, "username", profile.login):
        known = await _tied(runtime, profile) or await runtime.store.find(User, username=profile.login)
        if known is None:
            return await _create(runtime, profile)
        if not await _is_theirs(runtime, profile, known):
            raise UserServiceException(f"The user name {profile.login} belongs to an account that this GitHub user has never signed on to")
        await _tie(runtime, profile, known)
        return known, None


async def _tied(runtime: Runtime, profile: Profile) -> User | None:
    tie = await runtime.store.find(ExternalIdentity, subject=profile.subject) if profile.subject else None
    return await runtime.store.find(User, id=tie.user_id) if tie else None


async def _is_theirs(runtime: Runtime, profile: Profile, user: User) -> bool:
    ties = await runtime.store.all(select(ExternalIdentity).where(user_id=user.id))
    if any(tie.subject.startswith("github:") for tie in ties):
        return profile.subject in {tie.subject for tie in ties}
    tokens = await runtime.store.all(select(UserOauthToken).where(user_id=user.id))
    earlier = next((token.token for token in tokens if token.kind == "github"), None)
    if earlier is None:
        return False
    return (user.email or "").lower() in {address.lower() for address in profile.verified} or await _owns(runtime, profile, earlier)


async def _owns(runtime: Runtime, profile: Profile, token: str) -> bool:
    """Whether an earlier token is this person's; one that GitHub takes no longer proves nothing."""
    if profile.subject is None:
        return False
    try:
        owner = await ask(runtime, token, "/user")
    except (UserServiceException, RemoteError):
        return False
    return f"github:{owner.get('id')}" == profile.subject


async def _tie(runtime: Runtime, profile: Profile, user: User) -> None:
    if profile.subject is None:
        return
    await runtime.store.save(ExternalIdentity(subject=profile.subject, user_id=user.id, name=profile.login, at=now()))
    await record(runtime, SecurityEvents.IDENTITY_TIED, user, f"{profile.subject} ({profile.login})")


async def _create(runtime: Runtime, profile: Profile) -> tuple[User, str]:
    """A new account and its first password. The tie comes first: without its account it is nothing, and made anew the next time."""
    password = base64.b64encode(secrets.token_bytes(48)).decode()
    user = User(
        username=profile.login,
        full_name=profile.user.get("name", profile.login),
        password=await runtime.blocking(PASSWORDS, generate_password_hash, password),
        registration_date=now(),
        roles=[UserRoles.User.value],
    )
    avatar_url = profile.user.get("avatar_url")
    if avatar_url:
        picture = await read_at_most(runtime, avatar_url, LARGEST_PICTURE)
        if picture is not None and sniff(picture) in RASTER:
            user = user.changed(picture_id=await store_picture(runtime, user, avatar_url.split("/")[-1], picture))
    await _tie(runtime, profile, user)
    async with exclusive(runtime.store, "email", profile.address or ""):
        free = profile.address is not None and not await email_taken(runtime.store, profile.address)
        user = user.changed(email=profile.address if free else None)
        await runtime.store.save(user)
    await record(runtime, SecurityEvents.USER_CREATED, user, "signed on with GitHub")
    return user, password
