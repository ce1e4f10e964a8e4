"""What a registry may say, how it is refused, and how tools edit it."""

from __future__ import annotations

import errno
import json
import os
import stat
from pathlib import Path

import pytest

from strangler import edit, registry
from strangler.registry import RegistryError
from support.pair import REGISTRY

ROUTE = '      - {path: "/whoami", methods: [GET]}'


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("version: 1", "version: 2", 2, "version"),
        ("owner: fastapi", "owner: django", 12, "'flask' or 'fastapi'"),
        ("owner: fastapi", "ownr: fastapi", 12, "ownr"),
        ("reason: the first to move", "reason: [a]", 13, "reason"),
        (ROUTE, '      - {path: "/whoami", methods: []}', 24, "methods"),
        (ROUTE, '      - {path: "/whoami", methods: [get]}', 24, "capitals"),
        (ROUTE, '      - {path: "/whoami", methods: [get]}', 24, "methods"),
        (ROUTE, '      - {path: "/whoami", methods: [GET, GET]}', 24, "twice"),
        (ROUTE, '      - {path: "whoami", methods: [GET]}', 24, "begins with"),
        (ROUTE, '      - {path: "/<x", methods: [GET]}', 24, "malformed"),
        (ROUTE, '      - {path: "/<x>/<x>", methods: [GET]}', 24, "twice"),
        (ROUTE, '      - {path: "/whoami", methods: [GET], onwer: flask}', 24, "onwer"),
        (ROUTE, '      - {path: "/whoami", methods: [GET], path: "/x"}', 24, "duplicate"),
        (ROUTE, '      - {path: "/runs/<run_id>", methods: [GET]}', 24, "listed twice, first in line 8"),
        (ROUTE, '      - {path: "/whoami", methods: [GET], canary: {percent: 101}}', 24, "percent"),
        (ROUTE, '      - {path: "/whoami", methods: [GET], shadow: {ignore: [a]}}', 24, "percent"),
        (ROUTE, '      - {path: "/whoami", methods: [GET], guard: {then: nothing}}', 24, "then"),
        (ROUTE, '      - {path: "/whoami", methods: [GET], shadow_safe: 1}', 24, "shadow_safe"),
        ("  identity:\n    owner: flask", "  runs:\n    owner: flask", 21, "duplicate"),
        ("unlisted: flask", "unlisted: django", 26, "unlisted"),
        ("unlisted: flask", "", None, "unlisted"),
        ("unlisted: flask", "unlisted: flask\nversion: 1", 27, "duplicate"),
        ("version: 1\n", "version: 1\nunlisted: fastapi\n", None, "duplicate"),
        ('    routes:\n      - {path: "/runs/"', '    routes\n      - {path: "/runs/"', None, ""),
        ("# who owns what", "\tx: y", 1, ""),
    ],
)
def test_a_bad_registry_is_refused_with_line_and_reason(old: str, new: str, line: int | None, words: str) -> None:
    assert old in REGISTRY
    with pytest.raises(RegistryError) as refused:
        registry.parse(REGISTRY.replace(old, new, 1))
    assert words in str(refused.value)
    if line is not None:
        assert refused.value.line == line


def test_unlisted_must_come_last() -> None:
    text = REGISTRY.replace("unlisted: flask\n", "").replace("version: 1\n", "version: 1\nunlisted: flask\n")
    with pytest.raises(RegistryError, match="last key"):
        registry.parse(text)


@pytest.mark.parametrize("text", ["", "\n", "[]", "42", "# only words\n"])
def test_no_registry_at_all(text: str) -> None:
    with pytest.raises(RegistryError):
        registry.parse(text)


def test_no_beginning_of_a_file_is_a_registry() -> None:
    whole = registry.parse(REGISTRY)
    accepted = []
    for end in range(len(REGISTRY)):
        try:
            found = registry.parse(REGISTRY[:end])
        except RegistryError:
            continue
        accepted.append(REGISTRY[:end])
        assert found == whole
    assert accepted == [REGISTRY[:-1]]  # all but the last line break


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="cannot be read"):
        registry.read(tmp_path / "missing.yaml")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RegistryError, match="cannot be read"):
        registry.read(tmp_path / "binary.yaml")


def test_every_key_is_in_the_json_schema() -> None:
    schema = json.loads(json.dumps(registry.json_schema()))
    assert schema["required"] == ["version", "blueprints", "unlisted"]
    of_policy = {"reason", "since", "canary", "shadow", "guard", "shadow_safe", "moved"}
    assert {"owner", "enabled", "threads", "sign_off", "routes"} | of_policy == set(schema["$defs"]["Blueprint"]["properties"])
    assert {"path", "methods", "endpoint", "owner"} < set(schema["$defs"]["Route"]["properties"])
    assert schema["$defs"]["Route"]["additionalProperties"] is False


def _changed(before: str, after: str) -> list[tuple[str, str]]:
    return [(one, two) for one, two in zip(before.splitlines(), after.splitlines(), strict=True) if one != two]


def test_an_edit_changes_one_line() -> None:
    assert _changed(REGISTRY, edit.set_owner(REGISTRY, "fastapi", "runs")) == [("    owner: flask", "    owner: fastapi")]
    route = edit.set_owner(REGISTRY, "fastapi", "runs", ("GET", "/runs/<run_id>"))
    assert _changed(REGISTRY, route) == [
        (
            '      - {path: "/runs/<string:run_id>", methods: [GET, POST]}',
            '      - {path: "/runs/<string:run_id>", methods: [GET, POST], owner: fastapi}',
        )
    ]
    assert edit.set_owner(route, "flask", "runs", ("GET", "/runs/<run_id>")) == REGISTRY


def test_an_edit_of_what_is_not_there() -> None:
    with pytest.raises(RegistryError, match="there is no blueprint 'nothing'; there are runs, files, identity"):
        edit.set_owner(REGISTRY, "flask", "nothing")
    with pytest.raises(RegistryError, match="lists no PUT /runs/"):
        edit.set_owner(REGISTRY, "flask", "runs", ("PUT", "/runs/"))


def test_writing_replaces_the_file_at_once(tmp_path: Path) -> None:
    target = tmp_path / "real.yaml"
    target.write_text(REGISTRY)
    target.chmod(0o640)
    link = tmp_path / "registry.yaml"
    link.symlink_to(target)
    before = target.stat().st_ino
    edit.write(link, edit.set_owner(REGISTRY, "fastapi", "runs"))
    assert link.is_symlink()
    assert target.stat().st_ino != before
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert registry.read(link).blueprints["runs"].owner == "fastapi"
    with pytest.raises(RegistryError):
        edit.write(link, "version: 1\n")
    assert registry.read(link).blueprints["runs"].owner == "fastapi"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["real.yaml", "registry.yaml"]


SCALARS = """\
word|two words|yes|no|on|off|Yes|NO|y|n|true|True|TRUE|false|null|Null|~||'yes'|"12"|'~'|12|012|0o17|0x1F|1_000|-3|+3|0|1.5|.5|1e3|1.5e3
.inf|.nan|-.inf|12:30|12:30:45|190:20:30|2026-01-31|2026-1-3|2026-02-31|2026-01-31T10:00:00Z
2026-01-31 10:00:00|=|<<|/a/<int:b>|<x>|_a|.a|-a|a: b
!!str 12|!!int '12'|!x a|&a b|*a|[a, b]|{a: b}|a # comment|a#b|'it''s'|"\\u00e9"|é|| text|> text
a:b|[on, 0o1]|{on: 1}|? a|@a|`a|%a|"a%"|a\tb|\ta|'a
"""


@pytest.mark.parametrize("scalar", SCALARS.strip("\n").replace("\n", "|").split("|"))
@pytest.mark.parametrize("key", ["reason", "since", "shadow_safe"])
def test_a_text_that_is_read_quickly_means_the_same_to_both_readers(key: str, scalar: str) -> None:
    text = REGISTRY.replace("    owner: flask\n", f"    owner: flask\n    {key}: {scalar}\n", 1)
    assert text != REGISTRY
    quick = registry._quickly(text)
    if quick is not None:
        assert quick == registry._parse(text)
        assert quick._lines == registry._parse(text)._lines


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "registry.yaml"
    made.write_text(REGISTRY)
    made.chmod(0o640)
    return made


@pytest.mark.parametrize("number", [errno.EBUSY, errno.EXDEV, errno.EACCES])
def test_a_file_that_cannot_be_replaced_by_a_rename_is_written_in_place(file: Path, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """EBUSY is what a single bind-mounted file answers."""

    def refuse(*_: object) -> None:
        raise OSError(number, "no")

    before = file.stat()
    monkeypatch.setattr(Path, "replace", refuse)
    edit.write(file, edit.set_owner(REGISTRY, "fastapi", "runs"))
    after = file.stat()
    assert registry.read(file).blueprints["runs"].owner == "fastapi"
    assert (after.st_ino, after.st_mode) == (before.st_ino, before.st_mode)
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_file_with_a_second_name_keeps_both(file: Path) -> None:
    other = file.parent / "other"
    other.hardlink_to(file)
    edit.write(file, edit.set_owner(REGISTRY, "fastapi", "runs"))
    assert registry.read(other).blueprints["runs"].owner == "fastapi"


def test_owner_and_group_stay_or_the_file_is_written_in_place(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []
    before = file.stat()
    real = os.fstat

    def somebody_else(descriptor: int) -> os.stat_result:
        found = list(real(descriptor))
        found[stat.ST_UID] = before.st_uid + 1
        return os.stat_result(found)

    def fchown(_: int, uid: int, gid: int) -> None:
        asked.append((uid, gid))
        raise PermissionError(errno.EPERM, "not yours")

    monkeypatch.setattr("strangler.replace_file.os.fstat", somebody_else)
    monkeypatch.setattr("strangler.replace_file.os.fchown", fchown)
    edit.write(file, edit.set_owner(REGISTRY, "fastapi", "runs"))
    assert asked == [(before.st_uid, before.st_gid)]
    assert file.stat().st_ino == before.st_ino
    assert registry.read(file).blueprints["runs"].owner == "fastapi"
