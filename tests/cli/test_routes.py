"""`argus routes`: shows the registry, and edits it without breaking it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Argus

REGISTRY = """\
# who serves what
version: 1
blueprints:
  auth: # logging in and out
    owner: fastapi # since spring
    routes:
      - {path: "/auth/login", methods: [GET, POST], endpoint: auth.login}
      - {path: "/auth/logout", methods: [POST], endpoint: auth.logout, owner: flask}
  profile:
    owner: flask
    since: 2026-01-31
    routes:
      - {path: "/profile/", methods: [GET], endpoint: main.profile}
unlisted: flask
"""


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    path = tmp_path / "registry.yaml"
    path.write_text(REGISTRY)
    return path


def test_list(argus: Argus, registry: Path) -> None:
    lines = argus("routes", "list", "--registry", str(registry)).stdout.splitlines()
    assert [line.split() for line in lines] == [
        ["BLUEPRINT", "OWNER", "ROUTES", "ELSEWHERE", "SINCE"],
        ["auth", "fastapi", "2", "1"],
        ["profile", "flask", "1", "2026-01-31"],
    ]


def test_list_of_a_blueprint(argus: Argus, registry: Path) -> None:
    lines = argus("routes", "list", "auth", "--registry", str(registry)).stdout.splitlines()
    assert [line.split() for line in lines[1:]] == [
        ["GET", "POST", "/auth/login", "fastapi", "auth.login"],
        ["POST", "/auth/logout", "flask", "auth.logout"],
    ]
    rows = json.loads(argus("routes", "list", "--json", "--registry", str(registry)).stdout)
    assert [(row["blueprint"], row["path"], row["owner"]) for row in rows] == [
        ("auth", "/auth/login", "fastapi"),
        ("auth", "/auth/logout", "flask"),
        ("profile", "/profile/", "flask"),
    ]
    unknown = argus("routes", "list", "nobody", "--registry", str(registry))
    assert unknown.exit_code == 2
    assert "there are auth, profile" in unknown.stderr


def test_set_changes_one_word_of_the_file(argus: Argus, registry: Path) -> None:
    result = argus("routes", "set", "auth", "--owner", "flask", "--registry", str(registry))
    assert (result.exit_code, result.stderr) == (0, "auth is flask's now.\n")
    assert registry.read_text() == REGISTRY.replace("owner: fastapi # since", "owner: flask   # since"), "the comment keeps its column"
    again = argus("routes", "set", "auth", "--owner", "flask", "--registry", str(registry))
    assert (again.exit_code, again.stderr) == (0, "auth is flask's already.\n")


def test_set_of_one_route(argus: Argus, registry: Path) -> None:
    result = argus("routes", "set", "auth", "--owner", "fastapi", "--route", "POST /auth/logout", "--registry", str(registry))
    assert (result.exit_code, result.stderr) == (0, "POST /auth/logout is fastapi's now.\n")
    assert registry.read_text() == REGISTRY.replace(", owner: flask}", "}")


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (("nobody", "--owner", "flask"), 1, "there is no blueprint 'nobody'"),
        (("auth", "--owner", "django"), 2, "django"),
        (("auth",), 2, "--owner"),
        (("auth", "--owner", "flask", "--route", "GET /auth/logout"), 1, "lists no GET /auth/logout"),
        (("auth", "--owner", "flask", "--route", "logout"), 2, "expected a method and a path"),
    ],
)
def test_set_refuses_and_leaves_the_file(argus: Argus, registry: Path, arguments: tuple[str, ...], code: int, reason: str) -> None:
    result = argus("routes", "set", *arguments, "--registry", str(registry))
    assert result.exit_code == code
    assert reason in result.stderr
    assert registry.read_text() == REGISTRY


def test_a_lane_that_does_not_have_the_route_cannot_own_it(argus: Argus, registry: Path) -> None:
    text = REGISTRY.replace("/profile/", "/profile/nowhere")
    registry.write_text(text)
    result = argus("routes", "check", "--registry", str(registry))
    assert result.exit_code == 1
    assert "line 13: GET /profile/nowhere: FastAPI does not have it" in result.stdout
    assert result.stderr.endswith("things do not agree\n")


def test_a_contract_that_is_not_kept_fails_the_check(argus: Argus, registry: Path, tmp_path: Path) -> None:
    contract = tmp_path / "contract.yaml"
    contract.write_text('routes:\n- {path: "/promised", methods: [GET], endpoint: main.promised}\n')
    result = argus("routes", "check", "--registry", str(registry), "--contract", str(contract))
    assert result.exit_code == 1
    assert "GET /promised: the contract has it, the registry does not list it" in result.stdout
    contract.write_text("routes: nothing")
    assert "is no list of routes" in argus("routes", "check", "--registry", str(registry), "--contract", str(contract)).stderr


def test_a_broken_registry_names_its_line(argus: Argus, registry: Path) -> None:
    registry.write_text(REGISTRY.replace("owner: flask\n", "owner: django\n"))
    for command in (("list",), ("check",), ("set", "auth", "--owner", "flask")):
        result = argus("routes", *command, "--registry", str(registry))
        assert result.exit_code == 1
        assert result.stderr.startswith(f"Error: {registry}: line 10: ")
    assert argus("routes", "list").stderr == "Error: there is no registry migration_status.yaml\n"


def test_a_registry_of_another_application_stays_as_it_is(argus: Argus, registry: Path) -> None:
    text = REGISTRY.replace("/profile/", "/books/")
    registry.write_text(text)
    result = argus("routes", "set", "profile", "--owner", "fastapi", "--registry", str(registry))
    assert (result.exit_code, registry.read_text()) == (1, text)
    assert "line 13: registry: GET /books/ is listed, but no application has it" in result.stderr
