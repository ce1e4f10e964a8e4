"""`argus db`: says what is missing, adds it, and moves a database whole."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from tests.cli.conftest import Argus


def tables(path: Path) -> set[str]:
    with sqlite3.connect(path) as db:
        return {name for (name,) in db.execute("select name from sqlite_schema where type = 'table'")}


def test_sync_adds_what_is_missing_and_check_says_so(argus: Argus, tmp_path: Path) -> None:
    before = argus("db", "check")
    assert before.exit_code == 1
    assert "missing table user\n" in before.stdout
    assert "things differ" in before.stderr

    dry = argus("db", "sync", "--dry-run")
    assert dry.exit_code == 0
    assert dry.stdout.count("CREATE TABLE") > 40
    assert not tables(tmp_path / "argus.sqlite"), "only said, not done"

    done = argus("db", "sync")
    assert done.exit_code == 0
    assert done.stderr == f"{dry.stdout.count(';')} statements executed.\n"
    assert {"user", "run_location", "sct_event"} <= tables(tmp_path / "argus.sqlite")

    assert argus("db", "sync").stderr == "Nothing is missing.\n"
    after = argus("db", "check")
    assert (after.exit_code, after.stdout, after.stderr) == (0, "", "The database is as it should be.\n")


def test_sync_adds_a_column(argus: Argus, tmp_path: Path) -> None:
    argus("db", "sync")
    with sqlite3.connect(tmp_path / "argus.sqlite") as db:
        db.execute('alter table "user" drop column "full_name"')
    assert argus("db", "check").exit_code == 1
    assert '"full_name"' in argus("db", "sync", "--dry-run").stdout
    argus("db", "sync")
    assert argus("db", "check").exit_code == 0


def test_copy_moves_every_row(argus: Argus, tmp_path: Path) -> None:
    for name in ("ann", "ben"):
        argus("users", "create", name, "--email", f"{name}@example.com")
    source, target = f"sqlite:///{tmp_path / 'argus.sqlite'}", f"sqlite:///{tmp_path / 'other.sqlite'}"
    result = argus("db", "copy", source, target)
    assert (result.exit_code, result.stderr) == (0, "2 rows copied and verified.\n")
    assert result.stdout.split() == ["TABLE", "ROWS", "user", "2"]
    assert argus("--storage", target, "users", "list", "--json").stdout == argus("--storage", source, "users", "list", "--json").stdout
    assert argus("db", "copy", source, target).stderr == "2 rows copied and verified.\n", "what was copied is not copied again"


def test_copy_wants_two_databases(argus: Argus, tmp_path: Path) -> None:
    here = f"sqlite:///{tmp_path / 'argus.sqlite'}"
    assert argus("db", "copy", here, here).exit_code == 2
    missing = argus("db", "copy", f"sqlite:///{tmp_path / 'gone.sqlite'}", here)
    assert (missing.exit_code, missing.stderr) == (1, f"Error: there is no database sqlite:///{tmp_path / 'gone.sqlite'}\n")
    assert not (tmp_path / "gone.sqlite").exists()


def test_a_database_that_is_not_there(argus: Argus) -> None:
    down = argus("--storage", "cql://127.0.0.1:9/argus", "db", "check")
    assert down.exit_code == 1
    assert down.stderr.startswith("Error: NoHostAvailable: ")
    wrong = argus("--storage", "mysql://127.0.0.1/argus", "db", "check")
    assert wrong.exit_code == 1
    assert wrong.stderr.startswith("Error: 'mysql://127.0.0.1/argus' names no store")
    assert wrong.stderr.count("\n") == 1


def test_a_backup_brings_a_database_back(argus: Argus, tmp_path: Path) -> None:
    argus("users", "create", "ann", "--email", "ann@example.com")
    saved = argus("db", "backup", str(tmp_path / "copy"))
    assert saved.exit_code == 0
    assert saved.stderr.startswith("1 rows of ")
    before = argus("users", "list", "--json").stdout
    argus("users", "create", "ben", "--email", "ben@example.com")
    back = argus("db", "restore", str(tmp_path / "copy"))
    assert back.exit_code == 0
    assert "argus.sqlite.before-restore-1 now" in back.stderr
    assert argus("users", "list", "--json").stdout == before


def test_a_cluster_is_not_backed_up_into_a_file(argus: Argus, tmp_path: Path) -> None:
    refused = argus("--storage", "cql://127.0.0.1:9/argus", "db", "backup", str(tmp_path / "copy"))
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "nodetool snapshot" in refused.stderr
