"""What names stand for: which path variables, parameters and fields take the same kind of value."""

from __future__ import annotations

from typing import Any, NamedTuple

from hypothesis import strategies as st


class Known(NamedTuple):
    """The n-th known value of a kind, counted around."""

    kind: str
    place: int


KINDS = frozenset(
    (
        *(
            "release_name",
            "build_id",
            "run_id",
            "sct_run",
            "driver_run",
            "test_id",
            "group_id",
            "release_id",
            "user_id",
            "view_id",
            "plan_id",
        ),
        *("team_id", "comment_id", "tunnel_id", "key_id", "event_id", "severity", "plugin_name", "run_type", "version", "highlight_at"),
        *("widget_index", "pytest_name", "notification_id", "any_id"),
    )
)
_GROUPS: dict[str, tuple[str, ...]] = {
    "release_name": ("release", "release_name", "target_release_name"),
    "user_id": (
        *("owner", "new_owner", "assignee", "assignee_id", "leader", "members", "mentions", "assignee_mapping_remove"),
        *("participants", "participants_add", "participants_remove"),
    ),
    "group_id": ("group", "groups", "groups_add", "groups_remove", "new_group_id"),
    "test_id": ("tests", "tests_add", "tests_remove", "current_test_id", "entity_id"),
    "run_id": ("run_ids", "additional_runs"),
    "release_id": ("target", "target_id", "target_release_id"),
    "plan_id": ("created_from",),
    "version": ("product_version", "scylla_version", "target_version"),
    "notification_id": ("after_id",),
    "highlight_at": ("created_at", "highlight_created_at", "comment_created_at"),
    "widget_index": ("index",),
    "item": ("items",),
    "any_id": ("id",),
}
_SAME = {name: kind for kind, names in _GROUPS.items() for name in names}

_IN_PATHS: dict[str, dict[str, str]] = {
    "/view/": {"view_name": "view_name"},
    "/release/by-id": {"id": "release_id"},
    "/release/": {"name": "release_name"},
    "/api/v1/client/sct/": {"run_id": "sct_run", "name": "sct_resource", "resource_name": "sct_resource"},
    "/api/v1/views/widgets/pytest/": {"id": "pytest_time", "test_name": "pytest_name"},
    "/api/v1/pytest/": {"id": "pytest_time", "test_name": "pytest_name"},
    "/api/v1/client/testrun/pytest/": {"id": "pytest_time", "test_name": "pytest_name"},
    "/test/<path:build_id>": {"build_id": "build_of_run"},
}


def kind_of(name: str) -> str:
    """The kind of value that a parameter's or field's name stands for: `releaseId` and `release_id` are one."""
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
    return _SAME.get(snake, snake)


def kind_in(rule: str, name: str) -> str:
    """What a path variable of a rule stands for."""
    for start, kinds in _IN_PATHS.items():
        if rule.startswith(start) and name in kinds:
            return kinds[name]
    return "test_of_run" if name == "test_id" and "<string:run_id>" in rule else name


def _form(**fields: tuple[str, ...]) -> dict[str, st.SearchStrategy[Any]]:
    return {name: st.sampled_from(values) for name, values in fields.items()}


FORMS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "/auth/login": _form(username=("bob", "nobody", ""), password=("pw-bob", "wrong", "")),
    "/auth/register": _form(username=("new",), email=("n@example.com", "bad"), password=("pw",)),
    "/auth/logout": {},
    "/auth/login/cf": {},
    "/auth/profile/api/token/generate": {},
    "/auth/admin/impersonate": _form(user_id=("0", "0b5f7f9e-4d4c-4c2a-9d2a-5a3c1f0e7d11", "")),
    "/auth/admin/impersonate/stop": {},
    "/profile/create": _form(username=("new",)),
    "/profile/update/name": _form(new_name=("New Name", "")),
    "/profile/update/username": _form(new_username=("renamed", "", "bob")),
    "/profile/update/email": _form(new_email=("a@example.com", "bad", "")),
    "/profile/update/password": _form(
        old_password=("pw-bob", ""), new_password=("long-enough", ""), new_password_confirm=("long-enough", "other")
    ),
    "/profile/update/picture": _form(filename=("x",)),
}
