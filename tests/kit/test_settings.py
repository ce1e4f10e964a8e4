"""Where settings come from, what wins, and that docs/settings.md tells of each."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from argus.kit.logs import secrets_of
from argus.kit.settings import CONFIG_FILES, Settings, config_file, load_settings, settings_of_process
from argus.kit.signing_key import WeakKey, check_keys
from argus.kit.wrong_settings import WrongSettings

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory without a settings file, and no variable of ours."""
    here = tmp_path / "site" / "app"
    here.mkdir(parents=True)
    monkeypatch.chdir(here)
    for name in [name for name in os.environ if name.startswith("ARGUS_")]:
        monkeypatch.delenv(name)
    return here


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_without_anything_the_defaults_hold() -> None:
    settings = load_settings()
    assert settings.storage_url == "sqlite:///var/argus.sqlite"
    assert (settings.APP_LOG_LEVEL, settings.FLASK_THREADS, settings.LANE) == ("INFO", 20, None)
    assert settings.LOGIN_METHODS == ["password", "gh", "cf"]
    assert settings.offered_logins == ["password"], "the others lack what they need"


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(nowhere / "argus_web.yaml", "BASE_URL: from-file\nFLASK_THREADS: 7\n")
    monkeypatch.setenv("ARGUS_FLASK_THREADS", "9")
    settings = load_settings()
    assert (settings.BASE_URL, settings.FLASK_THREADS, settings.FLASK_QUEUE) == ("from-file", 9, 200)
    assert load_settings(FLASK_THREADS=3).FLASK_THREADS == 3, "what a program says wins over all"


def test_an_empty_variable_is_none(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(nowhere / "argus_web.yaml", "BASE_URL: from-file\n")
    monkeypatch.setenv("ARGUS_BASE_URL", "")
    assert load_settings().BASE_URL == "from-file"


def test_the_first_of_the_usual_places_is_read(nowhere: Path) -> None:
    for place in reversed(CONFIG_FILES):
        write(nowhere / place, f"BASE_URL: {place}\n")
        assert place == load_settings().BASE_URL


def test_argus_config_names_the_file(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(nowhere / "argus_web.yaml", "BASE_URL: usual\n")
    named = write(nowhere / "elsewhere" / "mine.yaml", "BASE_URL: named\n")
    monkeypatch.setenv("ARGUS_CONFIG", str(named))
    assert config_file() == named
    assert load_settings().BASE_URL == "named"
    named.unlink()
    with pytest.raises(FileNotFoundError, match=r"ARGUS_CONFIG names .*mine\.yaml"):
        load_settings()


@pytest.mark.parametrize(
    ("variable", "text", "value"),
    [
        ("SCYLLA_CONTACT_POINTS", " a, b ,,c ", ["a", "b", "c"]),
        ("EMAIL_ENABLED", "false", False),
        ("JOBS_ENABLED", "0", False),
        ("REQUEST_DEADLINE", "1.5", 1.5),
        ("DATA_DIR", "/srv/argus", Path("/srv/argus")),
        ("LANE", "flask", "flask"),
        ("APP_LOG_LEVEL", "warning", "warning"),
    ],
)
def test_forms_of_the_environment(variable: str, text: str, value: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"ARGUS_{variable}", text)
    assert getattr(Settings(), variable) == value


def test_lists_of_the_file_are_lists_and_nothing_is_an_empty_one(nowhere: Path) -> None:
    write(nowhere / "argus_web.yaml", "LOGIN_METHODS: [password]\nS3_ALLOWED_BUCKETS:\nS3_ALLOWED_MIME: image/png, text/plain\n")
    settings = Settings()
    assert (settings.LOGIN_METHODS, settings.S3_ALLOWED_BUCKETS) == (["password"], [])
    assert settings.S3_ALLOWED_MIME == ["image/png", "text/plain"]


def test_buckets_that_are_signed_for_are_those_allowed_and_that_of_the_back_fill_unless_they_are_named(nowhere: Path) -> None:
    write(nowhere / "argus_web.yaml", "S3_ALLOWED_BUCKETS: [a, b]\nREPLAY_LOG_BACKFILL_BUCKET: logs\nS3_ARTIFACT_BUCKETS:\n")
    assert Settings().artifact_buckets == {"a", "b", "logs"}
    assert Settings(S3_ARTIFACT_BUCKETS="c, d").artifact_buckets == {"c", "d"}
    assert Settings(S3_ARTIFACT_BUCKETS=[]).artifact_buckets == frozenset()


@pytest.mark.parametrize(
    ("key", "value"), [("FLASK_THREADS", "many"), ("LANE", "django"), ("APP_LOG_LEVEL", "LOUD"), ("EMAIL_ENABLED", "maybe")]
)
def test_a_wrong_value_is_named(key: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"ARGUS_{key}", value)
    with pytest.raises(WrongSettings, match=rf"^{key}: .*\(environment, ARGUS_{key}\)$"):
        load_settings()


def test_every_problem_is_a_line_with_key_and_source_and_without_the_value(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARGUS_ENV", "production")
    write(nowhere / "argus_web.production.toml", "DB_POOL_SIZE = 0\nDATABASE_URL = 'mysql://argus:hunter2@db'\n")
    write(nowhere / ".env", "ARGUS_QUEUE_CONCURRENCY=65\n")
    write(nowhere / "argus_web.yaml", "FLASK_THREADS: many-threads\n")
    with pytest.raises(WrongSettings) as refused:
        load_settings(RATE_READS="often")
    told = sorted(str(refused.value).splitlines())
    assert [line.partition(":")[0] for line in told] == ["DATABASE_URL", "DB_POOL_SIZE", "FLASK_THREADS", "QUEUE_CONCURRENCY", "RATE_READS"]
    ends = ["(argus_web.production.toml)"] * 2 + ["(argus_web.yaml)", "(.env)", "(said by the program)"]
    assert [line[-len(end) :] for line, end in zip(told, ends, strict=True)] == ends
    assert not {"hunter2", "many-threads"} & set(re.findall(r"[\w-]+", str(refused.value)))


def test_production_is_closed(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARGUS_ENV", "production")
    monkeypatch.setenv("ARGUS_SECRET_KEY", "k" * 31)
    monkeypatch.setenv("ARGUS_CORS_ALLOWED_ORIGINS", "*")
    with pytest.raises(WrongSettings) as refused:
        load_settings()
    assert str(refused.value).splitlines() == [
        "CORS_ALLOWED_ORIGINS: in production it names origins, never * (environment, ARGUS_CORS_ALLOWED_ORIGINS)",
        "SECRET_KEY: in production it has 32 characters or more (environment, ARGUS_SECRET_KEY)",
    ]
    monkeypatch.setenv("ARGUS_ENV", "elsewhere")
    with pytest.raises(WrongSettings, match=r"^ENV: .*production.* \(environment, ARGUS_ENV\)$"):
        load_settings()
    monkeypatch.setenv("ARGUS_ENV", "staging")
    assert load_settings().ENV == "staging"


def test_a_server_s_module_ends_with_a_line_for_each_problem(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARGUS_DB_POOL_SIZE", "0")
    with pytest.raises(SystemExit, match=r"^Error: DB_POOL_SIZE: [^\n]+ \(environment, ARGUS_DB_POOL_SIZE\)$"):
        settings_of_process()


@pytest.mark.parametrize(
    ("environment", "format", "text"),
    [("development", "auto", None), ("production", "auto", False), ("staging", "text", True), ("development", "json", False)],
)
def test_lines_of_the_log_are_for_programs_outside_development(environment: str, format: str, text: bool | None) -> None:
    assert Settings(ENV=environment, LOG_FORMAT=format, SECRET_KEY="k" * 32).log_as_text is text


def test_where_the_data_are(nowhere: Path) -> None:
    assert Settings(STORAGE="cql://h/k", SCYLLA_CONTACT_POINTS=["a"]).storage_url == "cql://h/k"
    assert Settings(SCYLLA_CONTACT_POINTS=["a", "b"], SCYLLA_KEYSPACE_NAME="ks").storage_url == "cql://a,b/ks"
    assert Settings(DATA_DIR=Path("/data")).storage_url == "sqlite:////data/argus.sqlite"


def test_keys_of_the_framework_are_handed_on(nowhere: Path) -> None:
    write(nowhere / "argus_web.yaml", "SERVER_NAME: argus.example.com\nlower: no\nBASE_URL: x\n")
    assert Settings().framework_keys() == {"SERVER_NAME": "argus.example.com"}


def test_a_given_secret_is_used_and_none_is_kept(nowhere: Path) -> None:
    assert load_settings(SECRET_KEY="given").SECRET_KEY == "given"
    assert not (nowhere / "var").exists()


def test_a_secret_is_made_once_and_kept_to_its_owner(nowhere: Path) -> None:
    made = load_settings().SECRET_KEY
    assert re.fullmatch(r"[0-9a-f]{64}", made)
    assert made == load_settings().SECRET_KEY
    assert [path.name for path in (nowhere / "var").iterdir()] == ["secret_key"], "no draft stays"
    assert (nowhere / "var" / "secret_key").stat().st_mode & 0o077 == 0


def test_processes_that_start_at_once_agree_on_one_secret(nowhere: Path) -> None:
    script = "import sys\nfrom argus.kit.settings import load_settings\nsys.stdin.readline()\nprint(load_settings().SECRET_KEY)"
    root = str(Path(__file__).parents[2])
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": root},
        )
        for _ in range(6)
    ]
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    assert len({racer.communicate(timeout=60)[0].strip() for racer in racers}) == 1


@pytest.mark.parametrize("content", ["", " \n", "short"])
def test_a_kept_key_that_can_be_guessed_is_refused_with_its_file(nowhere: Path, content: str) -> None:
    (nowhere / "var").mkdir()
    (nowhere / "var" / "secret_key").write_text(content)
    with pytest.raises(WeakKey, match=r"var/secret_key (is empty|has 5 characters)"):
        load_settings()


def test_a_key_is_on_the_disk_before_it_has_its_name(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, synced = nowhere / "var" / "secret_key", []
    monkeypatch.setattr("os.fsync", lambda descriptor: synced.append((Path(f"/proc/self/fd/{descriptor}").readlink(), path.exists())))
    load_settings()
    assert [named for _, named in synced] == [False, True]
    assert synced[0][0].parent == path.parent.resolve()
    assert synced[1][0] == path.parent.resolve(), "and so is the name"


def test_a_key_is_made_on_file_systems_without_hard_links(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", none)
    made = load_settings().SECRET_KEY
    assert len(made) == 64
    assert made == load_settings().SECRET_KEY
    assert [path.name for path in (nowhere / "var").iterdir()] == ["secret_key"]


@pytest.mark.parametrize(
    ("current", "old"), [("", []), ("short-key", []), ("k" * 15, []), ("MUSTBEUNIQUE", []), ("k" * 16, [""]), ("k" * 16, ["MUSTBEUNIQUE"])]
)
def test_keys_that_can_be_guessed_are_refused(current: str, old: list[str]) -> None:
    with pytest.raises(WeakKey):
        check_keys(current, old)


def test_tests_may_use_a_published_key() -> None:
    check_keys("MUSTBEUNIQUE", ["MUSTBEUNIQUE"], published=True)
    with pytest.raises(WeakKey):
        check_keys("short", [], published=True)


def test_older_keys_are_hidden_in_logs_as_the_current_one(nowhere: Path) -> None:
    settings = Settings(SECRET_KEY="k" * 16, SECRET_KEY_FALLBACKS=["o" * 16])
    assert {"k" * 16, "o" * 16} <= set(secrets_of(settings.model_dump()))


def documented() -> dict[str, str]:
    """Key → default, as the page has them."""
    rows = re.findall(r"^\| `([A-Z0-9_]+)` \| [^|]+ \| ([^|]+) \| [^|]+ \|$", PAGE.read_text(), re.MULTILINE)
    assert len(rows) == len(dict(rows)), "each key once"
    return dict(rows)


def test_every_key_is_documented_with_its_default() -> None:
    def shown(value: Any) -> str:
        if value is None:
            return "not set"
        if value in ("", []):
            return "empty"
        if isinstance(value, list):
            return f"`{','.join(value)}`"
        return f"`{value:g}`" if isinstance(value, float) else f"`{str(value).lower() if isinstance(value, bool) else value}`"

    assert documented() == {key: shown(field.default) for key, field in Settings.model_fields.items()}
