"""`argus users`: people get accounts that let them in, and nobody is made twice."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
import yaml
from werkzeug.security import check_password_hash

from argus.models.security import ExternalIdentity
from argus.models.user import User
from argus.storage.open import open_store
from argus.storage.statements import select
from tests.cli.conftest import Argus

PEOPLE = {
    "ann": {
        "full_name": "Ann A",
        "email": "ann@example.com",
        "password": "pw-ann",
        "token": "token-ann",
        "roles": ["ROLE_USER", "ROLE_ADMIN"],
    },
    "ben": {"full_name": "Ben B", "email": "ben@example.com", "password": "pw-ben", "token": "token-ben", "roles": ["ROLE_USER"]},
}


def stored(folder: Path) -> dict[str, User]:
    async def read() -> list[User]:
        store = open_store(f"sqlite:///{folder / 'argus.sqlite'}", [User], [])
        await store.start()
        try:
            return await store.all(select(User))
        finally:
            await store.close()

    return {str(user.username): user for user in asyncio.run(read())}


def file_of(folder: Path, content: object) -> str:
    path = folder / "people.yaml"
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
    return str(path)


def test_a_created_user_can_log_in(argus: Argus, tmp_path: Path) -> None:
    result = argus("users", "create", "dan", "--email", "dan@example.com", "--role", "admin", "--password-stdin", input="swordfish\n")
    assert result.exit_code == 0
    assert result.stdout == "", "the password was known, and is not repeated"
    user = stored(tmp_path)["dan"]
    assert user.password is not None
    assert user.password.startswith("scrypt:32768:8:1$")
    assert check_password_hash(user.password, "swordfish")
    assert (user.full_name, user.email, user.roles) == ("dan", "dan@example.com", ["ROLE_USER", "ROLE_ADMIN"])
    assert user.api_token is None
    assert user.registration_date is not None


def test_a_password_is_made_up_where_nobody_can_be_asked(argus: Argus, tmp_path: Path) -> None:
    result = argus("users", "create", "dan", "--email", "dan@example.com", "--token")
    told = dict(line.split(": ") for line in result.stdout.splitlines())
    user = stored(tmp_path)["dan"]
    assert check_password_hash(str(user.password), told["password"])
    assert user.api_token == told["token"]
    assert len(told["token"]) == 64


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("d@n", "--email", "dan@example.com"), "Cannot use '@' in the username."),
        ((" ", "--email", "dan@example.com"), "a user needs a name"),
        (("dan", "--email", "dan"), "Invalid email."),
        (("dan", "--email", "dan@example.com", "--password-stdin"), "at least 5 characters"),
        (("dan", "--email", "dan@example.com", "--role", "king"), "king"),
        (("dan",), "--email"),
    ],
)
def test_a_wrong_account_is_misuse(argus: Argus, tmp_path: Path, arguments: tuple[str, ...], reason: str) -> None:
    result = argus("users", "create", *arguments, input="abc\n")
    assert result.exit_code == 2
    assert reason in result.stderr
    assert not stored(tmp_path)


@pytest.mark.parametrize("again", [("dan", "new@example.com", "username"), ("new", "dan@example.com", "email")])
def test_names_and_addresses_are_given_once(argus: Argus, tmp_path: Path, again: tuple[str, str, str]) -> None:
    argus("users", "create", "dan", "--email", "dan@example.com")
    name, email, what = again
    result = argus("users", "create", name, "--email", email)
    assert (result.exit_code, result.stderr) == (1, f"Error: This {what} is already taken.\n")
    assert stored(tmp_path).keys() == {"dan"}


def test_import_makes_everybody_once(argus: Argus, tmp_path: Path) -> None:
    file = file_of(tmp_path, PEOPLE)
    assert argus("users", "import", file).stderr == "2 created, 0 updated, 0 left as they were.\n"
    before = stored(tmp_path)
    assert before["ann"].api_token == "token-ann"
    assert before["ann"].roles == ["ROLE_USER", "ROLE_ADMIN"]
    assert check_password_hash(str(before["ben"].password), "pw-ben")
    assert argus("users", "import", file).stderr == "0 created, 0 updated, 2 left as they were.\n"
    assert stored(tmp_path) == before


def test_import_changes_who_exists_only_when_told_to(argus: Argus, tmp_path: Path) -> None:
    argus("users", "import", file_of(tmp_path, PEOPLE))
    before = stored(tmp_path)["ben"]
    changed = {"ben": {"email": "ben@example.org", "password": "new-pw-ben"}}
    result = argus("users", "import", "--update", file_of(tmp_path, changed))
    assert result.stderr == "0 created, 1 updated, 0 left as they were.\n"
    after = stored(tmp_path)["ben"]
    assert check_password_hash(str(after.password), "new-pw-ben")
    assert after == before.changed(email="ben@example.org", password=after.password), "what the file does not say stays"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("just text", "expected a mapping from username"),
        ("ann: [", "while parsing"),
        ({**PEOPLE, "cid": "x"}, "cid: expected a mapping of its fields"),
        ({**PEOPLE, "cid": {"email": "cid@example.com"}}, "cid: password: Field required"),
        ({**PEOPLE, "cid": {"email": "cid@example.com", "password": "pw-cid", "colour": "red"}}, "cid: colour: Extra inputs"),
        ({**PEOPLE, "cid": {"email": "ann@example.com", "password": "pw-cid"}}, "cid: This email is already taken."),
        ({**PEOPLE, "cid": {"email": "cid@example.com", "password": "pw-cid", "token": "token-ann"}}, "cid: This token is already taken."),
        ({**PEOPLE, "cid": {"email": "cid@example.com", "password": "pw-cid", "roles": ["ROLE_KING"]}}, "cid: roles.0:"),
    ],
)
def test_a_bad_file_changes_nothing(argus: Argus, tmp_path: Path, content: object, reason: str) -> None:
    result = argus("users", "import", file_of(tmp_path, content))
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert reason in result.stderr
    assert "pw-" not in result.stderr, "secrets are not repeated"
    assert not stored(tmp_path)


def test_the_list_shows_no_secret(argus: Argus, tmp_path: Path) -> None:
    argus("users", "import", file_of(tmp_path, PEOPLE))
    table, document = argus("users", "list").stdout, argus("users", "list", "--json").stdout
    for secret in ("scrypt", "token-ann", "pw-"):
        assert secret not in table + document
    assert [line.split()[0] for line in table.splitlines()] == ["USERNAME", "ann", "ben"]
    listed = json.loads(document)
    assert [user["username"] for user in listed] == ["ann", "ben"]
    assert listed[0]["roles"] == ["ROLE_USER", "ROLE_ADMIN"]
    assert not {"password", "api_token"} & listed[0].keys()


def test_a_user_is_tied_to_one_person_at_github(argus: Argus, tmp_path: Path) -> None:
    argus("users", "import", file_of(tmp_path, PEOPLE))
    assert argus("users", "tie", "ann", "--github", "41").exit_code == 0
    assert argus("users", "tie", "ann", "--github", "42").exit_code == 0

    async def ties() -> list[ExternalIdentity]:
        store = open_store(f"sqlite:///{tmp_path / 'argus.sqlite'}", [ExternalIdentity], [])
        await store.start()
        try:
            return await store.all(select(ExternalIdentity))
        finally:
            await store.close()

    assert [(tie.subject, tie.user_id) for tie in asyncio.run(ties())] == [("github:42", stored(tmp_path)["ann"].id)]
    nobody = argus("users", "tie", "zoe", "--github", "43")
    assert (nobody.exit_code, nobody.stderr) == (1, "Error: There is no user zoe.\n")
