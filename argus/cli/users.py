"""`argus users …`"""

from __future__ import annotations

import enum
import secrets
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from pydantic import ValidationError

from argus.cli import accounts
from argus.cli.stores import open_configured
from argus.cli.terminal import Failure, misuse, note, one_line, progress, run, say, say_json, say_table
from argus.domain.new_accounts import Account, clashes
from argus.features.tracker.auth.service import new_api_token
from argus.kit.clock import now
from argus.models.enums import UserRoles
from argus.models.security import ExternalIdentity
from argus.models.user import User
from argus.storage.statements import delete, select

app = typer.Typer(help="People and their accounts.", no_args_is_help=True, rich_markup_mode=None, add_completion=False)


UNTOLD = datetime(2024, 1, 1)
"""When people of a file registered that does not say so: a fixed day, so that an import gives the same users each time."""


class Role(enum.StrEnum):
    USER = "user"
    MANAGER = "manager"
    ADMIN = "admin"


ROLES = {Role.USER: UserRoles.User, Role.MANAGER: UserRoles.Manager, Role.ADMIN: UserRoles.Admin}


@app.command("create")
def create(
    username: Annotated[str, typer.Argument(help="Name to log in with.")],
    email: Annotated[str, typer.Option("--email", help="Address for notifications; no two users share one.")],
    full_name: Annotated[str, typer.Option("--full-name", help="Name to show; else the username.")] = "",
    role: Annotated[list[Role] | None, typer.Option("--role", help="May be given several times; everybody is a user.")] = None,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")] = False,
    token: Annotated[bool, typer.Option("--token", help="Make an API token as well, and print it.")] = False,
) -> None:
    """Make a user. Asks for a password on a terminal; elsewhere, without --password-stdin, makes one up and prints it once."""
    password, made_up = _password(password_stdin)
    roles = list(dict.fromkeys([UserRoles.User, *(ROLES[r] for r in role or [])]))
    try:
        account = Account(
            username=username,
            full_name=full_name,
            email=email,
            password=password,
            token=new_api_token(username) if token else None,
            roles=roles,
        )
    except ValidationError as error:
        misuse(one_line(error))
    run(_create(account))
    note(f"Created {username}.")
    if made_up:
        say(f"password: {password}")
    if account.token:
        say(f"token: {account.token}")


def _password(from_stdin: bool) -> tuple[str, bool]:
    """The password, and whether it was made up here."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n"), False
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True)), False
    return secrets.token_urlsafe(18), True


async def _create(account: Account) -> None:
    async with open_configured() as store:
        if taken := await clashes(store, [account]):
            raise Failure(" ".join(t.reason for t in taken))
        await accounts.add(store, [account])


@app.command("import")
def import_users(
    file: Annotated[Path, typer.Argument(help="YAML: username → {full_name, email, password, token, roles}.", exists=True, dir_okay=False)],
    update: Annotated[
        bool, typer.Option("--update", help="Change users that exist to what the file says, instead of leaving them.")
    ] = False,
) -> None:
    """Make users from a file. Nothing is written unless the whole file is good; running it again makes no user twice."""
    wanted = _read(file)
    made, changed, left = run(_import(wanted, update))
    note(f"{made} created, {changed} updated, {left} left as they were.")


def _read(file: Path) -> dict[str, tuple[Account, dict[str, Any]]]:
    """Username → account, and which fields the file gives.

    Raises:
        Failure: what is wrong, entry by entry.
    """
    try:
        content = yaml.safe_load(file.read_text())
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Failure(f"{file}: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict):
        raise Failure(f"{file}: expected a mapping from username to {{full_name, email, password, token, roles}}")
    found, wrong = {}, []
    for username, fields in content.items():
        try:
            if not isinstance(fields, dict):
                raise Failure("expected a mapping of its fields")
            given = {"registration_date": UNTOLD, **{str(k): v for k, v in fields.items()}}
            found[str(username)] = Account(username=str(username), **given), fields
        except (Failure, ValidationError, TypeError) as error:
            wrong.append(f"{username}: {one_line(error)}")
    if wrong:
        raise Failure(f"{file}: {'; '.join(wrong)}")
    return found


async def _import(wanted: dict[str, tuple[Account, dict[str, Any]]], update: bool) -> tuple[int, int, int]:
    async with open_configured() as store:
        existing = {name: user for name in wanted if (user := await store.find(User, username=name))}
        new = [account for name, (account, _) in wanted.items() if name not in existing]
        changes = existing if update else {}
        if taken := await clashes(store, [*new, *(wanted[name][0] for name in changes)], changes):
            raise Failure("; ".join(f"{t.username}: {t.reason}" for t in taken))
        with progress() as bar:
            task = bar.add_task("Hashing passwords", total=len(new) + len(changes))
            await accounts.add(store, new, lambda: bar.advance(task))
            for name, user in changes.items():
                await accounts.change(store, user, *wanted[name])
                bar.advance(task)
    return len(new), len(changes), len(existing) - len(changes)


@app.command("tie")
def tie(
    username: Annotated[str, typer.Argument(help="Whose account.")],
    github: Annotated[int, typer.Option("--github", min=1, help="The person's number at GitHub: `id` of api.github.com/users/NAME.")],
) -> None:
    """Say which person at GitHub signs on to an account. What the account was tied to before is so no longer."""
    run(_tie(username, f"github:{github}"))
    note(f"Tied {username} to github:{github}.")


async def _tie(username: str, subject: str) -> None:
    async with open_configured() as store:
        user = await store.find(User, username=username)
        if user is None:
            raise Failure(f"There is no user {username}.")
        for earlier in await store.all(select(ExternalIdentity).where(user_id=user.id)):
            await store.write(delete(ExternalIdentity).where(subject=earlier.subject))
        await store.save(ExternalIdentity(subject=subject, user_id=user.id, name=username, at=now()))


@app.command("list")
def list_users(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Print every user, by name; never a password or a token."""
    users = sorted(run(_list()), key=lambda user: (user.username or "", user.id))
    if as_json:
        say_json([user.model_dump(mode="json", exclude={"password", "api_token"}) for user in users])
        return
    rows = ((u.username, u.full_name, u.email, " ".join(r.removeprefix("ROLE_").lower() for r in u.roles), u.id) for u in users)
    say_table(("USERNAME", "FULL NAME", "EMAIL", "ROLES", "ID"), rows)


async def _list() -> list[User]:
    columns = [name for name in User.__table__.columns if name not in ("password", "api_token")]
    async with open_configured() as store:
        return [user async for user in store.rows(select(User, *columns))]
