"""Settings: environment `ARGUS_<KEY>` over the YAML file over defaults (docs/settings.md).

The file is the one that `ARGUS_CONFIG` names, else the first of `config/argus_web.yaml`, `argus_web.yaml`, `../config/argus_web.yaml`.
A laptop starts without any file: the defaults keep everything below `var/`.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import limits
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict, YamlConfigSettingsSource

from argus.kit.extension_settings import ExtensionSettings, extension_sources
from argus.kit.signing_key import kept_key
from argus.kit.wrong_settings import Source, WrongSettings, wrong_settings

SHORTEST_IN_PRODUCTION = 32  # characters of SECRET_KEY
CONFIG_FILES = ("config/argus_web.yaml", "argus_web.yaml", "../config/argus_web.yaml")

Words = Annotated[list[str], NoDecode]  # in the environment: comma-separated


class Settings(ExtensionSettings):
    """Every key that Argus reads. Unknown upper-case keys of the file are kept for the Flask lane (`SESSION_*`, `SERVER_NAME`, …)."""

    model_config = SettingsConfigDict(env_prefix="ARGUS_", extra="allow", case_sensitive=True, env_ignore_empty=True)

    # storage
    STORAGE: str = ""  # sqlite:///path or cql://host[:port]/keyspace; empty: from SCYLLA_*, else the file below DATA_DIR
    SCYLLA_CONTACT_POINTS: Words = []
    SCYLLA_USERNAME: str | None = None
    SCYLLA_PASSWORD: str | None = None
    SCYLLA_KEYSPACE_NAME: str = "argus"
    SCYLLA_TABLETS_KEYSPACE_NAME: str = "argus_tablets"
    SCYLLA_REPLICATION_FACTOR: int = 1
    SCYLLA_DATACENTER: str | None = None
    SCYLLA_TLS: bool = False
    SCYLLA_TLS_CA_FILE: Path | None = None
    SCYLLA_TLS_CERT_FILE: Path | None = None
    SCYLLA_TLS_KEY_FILE: Path | None = None
    SCYLLA_CONNECT_TIMEOUT: float = 5.0  # seconds
    SCYLLA_REQUEST_TIMEOUT: float = 10.0  # seconds
    SCYLLA_IO_THREADS: int = 1
    SCYLLA_DRIVER: Literal["auto", "acsylla", "scylla-driver"] = "auto"

    # web
    SECRET_KEY: str = ""  # empty: made once and kept in DATA_DIR
    SECRET_KEY_FALLBACKS: Words = []  # older keys, whose cookies still count
    ALLOW_PUBLISHED_SECRET_KEY: bool = False  # for tests: SECRET_KEY may be the reference's example
    BASE_URL: str = ""
    APP_LOG_LEVEL: str | int = "INFO"
    APP_DOC_LINK: str | None = None
    DATA_DIR: Path = Path("var")
    PUBLIC_DIR: Path = Path("public")
    STORAGE_DIR: Path = Path("storage")  # uploaded pictures, below the working directory as the reference has it
    SESSION_COOKIE_SECURE: bool = False
    MAX_CONTENT_LENGTH: int | None = 512 * 1024 * 1024  # bytes of a body
    ANONYMOUS_CONTENT_LENGTH: int = 1024 * 1024  # bytes of the body of a caller whom nobody knows
    CONTENT_TOGETHER: int = 1024 * 1024 * 1024  # bytes of all bodies that a worker serves at a time
    BODY_TIMEOUT: float = 20.0  # seconds, in each of which 500 bytes of a body must come
    ALLOWED_HOSTS: Words = []  # none: any
    FORWARDED_ALLOW_IPS: Words = []  # proxies whose X-Forwarded-For and X-Forwarded-Proto are believed
    MAX_HEAD_BYTES: int = 64 * 1024  # of a request: method, address and header fields
    MAX_HEAD_FIELDS: int = 100
    HEAD_TIMEOUT: float = 20.0  # seconds for a head to be complete
    MAX_CONNECTIONS: int = 4000  # a worker's
    JOB_VALIDITY_PERIOD_DAYS: float = 30

    # gateway
    REGISTRY: Path = Path("migration_status.yaml")
    FLASK: bool = True  # the Flask lane
    LANE: Literal["flask", "fastapi"] | None = None  # everything from one lane, for tests
    FLASK_ON_LOOP: bool = True  # views run on the event loop; off: each in a thread
    FLASK_THREADS: int = 20
    FLASK_QUEUE: int = 200
    REQUEST_DEADLINE: float = 60.0  # seconds that a request may take, on either lane
    REPLAY_DEADLINE: float = 300.0  # seconds that applying a journal may take
    DRAIN_SECONDS: float = 2.0

    # live
    LIVE_BACKEND: Literal["auto", "memory", "database", "redis"] = "auto"  # auto: Redis, else the database where several processes may run

    # login
    LOGIN_METHODS: Words = ["password", "gh", "cf"]  # gh and cf are offered once they are configured; also oidc
    LOGIN_FAILURES_PER_ACCOUNT: str = "10 per 5 minutes"
    LOGIN_FAILURES_PER_ADDRESS: str = "100 per 5 minutes"
    GITHUB_CLIENT_ID: str = "NO_CLIENT_ID"
    GITHUB_CLIENT_SECRET: str | None = None
    GITHUB_SCOPES: str = "user:email read:user read:org"
    GITHUB_REQUIRED_ORGANIZATIONS: Words = []
    CLOUDFLARE_ACCESS_TEAM_DOMAIN: str | None = None
    CLOUDFLARE_ACCESS_AUD: str | None = None
    SECURITY_LOG_DAYS: int = Field(180, ge=1)

    # integrations
    GITHUB_ACCESS_TOKEN: str | None = None
    GITHUB_ENABLED: bool = True
    JIRA_SERVER: str | None = None
    JIRA_EMAIL: str | None = None
    JIRA_TOKEN: str | None = None
    JIRA_ENABLED: bool = True
    JENKINS_URL: str | None = None
    JENKINS_USER: str | None = None
    JENKINS_API_TOKEN: str | None = None
    EMAIL_ENABLED: bool = True
    EMAIL_SENDER: str | None = None
    EMAIL_SENDER_USER: str | None = None
    EMAIL_SENDER_PASS: str | None = None
    EMAIL_SERVER: str | None = None
    EMAIL_SERVER_PORT: int = 587
    EMAIL_STARTTLS: bool | Literal["required"] = True
    EMAIL_LOGIN: bool = True
    AWS_CLIENT_ID: str | None = None
    AWS_CLIENT_SECRET: str | None = None
    S3_ENDPOINT_URL: str | None = None  # none: Amazon
    S3_REGION: str | None = None
    S3_PATH_STYLE: bool = True
    S3_ALLOWED_BUCKETS: Words = []
    S3_ALLOWED_MIME: Words = []
    S3_ARTIFACT_BUCKETS: Annotated[list[str] | None, NoDecode] = None  # none: those allowed and that of the back-fill
    REPLAY_LOG_BACKFILL_BUCKET: str = "cloudius-jenkins-test"
    ZEUS_HOST: str | None = None
    ZEUS_TOKEN: str | None = None
    ZEUS_SCHEMA: str = "http"

    RUN_TYPES: Words = [  # package.module:object
        "argus.plugins.sct.plugin:PLUGIN",
        "argus.plugins.driver_matrix.plugin:PLUGIN",
        "argus.plugins.generic.plugin:PLUGIN",
        "argus.plugins.sirenada.plugin:PLUGIN",
    ]

    # similarity and summaries of events
    EVENT_EMBEDDER_MODEL: Path | None = None  # a folder with model.onnx and tokenizer.json; none: the built-in embedder
    EVENT_SUMMARIZATION_ENABLED: bool = False
    OPENAI_API_KEY: str | None = None
    OPENAI_BASE_URL: str | None = None
    OPENAI_SUMMARY_MODEL: str = "gpt-5.6-terra"
    EVENT_SUMMARIZATION_MAX_CONCURRENCY: int = 4
    EVENT_SUMMARIZATION_MAX_BACKLOG: int = 1000
    EVENT_SUMMARIZATION_MIN_TOKENS: int = 250
    EVENT_SUMMARIZATION_METRICS_PORT: int = 0
    EVENT_SUMMARIZATION_PROMPT: str | None = None
    EVENT_SUMMARIZATION_PROMPT_VERSION: str | None = None
    JOBS_ENABLED: bool = True  # periodic work in this process
    JOBS_DISABLED: Annotated[list[str], NoDecode] = []
    JOBS_TIMEZONE: str = "UTC"  # of daily jobs

    @field_validator(
        "SECRET_KEY_FALLBACKS",
        "SCYLLA_CONTACT_POINTS",
        "ALLOWED_HOSTS",
        "FORWARDED_ALLOW_IPS",
        "LOGIN_METHODS",
        "GITHUB_REQUIRED_ORGANIZATIONS",
        "S3_ALLOWED_BUCKETS",
        "S3_ALLOWED_MIME",
        "JOBS_DISABLED",
        "RUN_TYPES",
        mode="before",
    )
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return [word.strip() for word in value.split(",") if word.strip()]
        return [] if value is None else value

    @field_validator("JOBS_TIMEZONE")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as unknown:
            raise ValueError(f"there is no time zone {value!r}; write it like Europe/Berlin") from unknown
        return value

    @field_validator("S3_ARTIFACT_BUCKETS", mode="before")
    @classmethod
    def _split_or_none(cls, value: Any) -> Any:
        return None if value is None else cls._split(value)

    @field_validator("S3_ENDPOINT_URL")
    @classmethod
    def _is_an_end_point(cls, value: str | None) -> str | None:
        """Scheme, host and port, written as addresses are: in lower case, without a slash at its end."""
        if not value:
            return None
        parts = urlsplit(value)
        if (
            parts.scheme not in ("http", "https")
            or not parts.hostname
            or parts.username is not None
            or parts.path.strip("/")
            or parts.query
        ):
            raise ValueError("an end point is http(s)://host[:port]")
        return f"{parts.scheme}://{parts.netloc.lower()}"

    @field_validator("APP_LOG_LEVEL")
    @classmethod
    def _is_a_level(cls, value: str | int) -> str | int:
        if isinstance(value, str) and not value.isdigit() and value.upper() not in logging.getLevelNamesMapping():
            raise ValueError(f"{value!r} is no level: DEBUG, INFO, WARNING, ERROR, CRITICAL, or a number")
        return value

    @field_validator("LOGIN_FAILURES_PER_ACCOUNT", "LOGIN_FAILURES_PER_ADDRESS")
    @classmethod
    def _is_a_limit(cls, value: str) -> str:
        if value:
            limits.parse(value)
        return value

    def problems(self) -> list[str]:
        """As of the extensions."""
        found = super().problems()
        if self.SCYLLA_TLS and self.SCYLLA_TLS_CA_FILE is None:
            found.append("SCYLLA_TLS_CA_FILE: SCYLLA_TLS needs it: without it every public authority could vouch for a false cluster")
        if self.LIVE_BACKEND == "redis" and self.REDIS_URL is None:
            found.append("REDIS_URL: LIVE_BACKEND redis needs it")
        if "oidc" in self.LOGIN_METHODS:
            found += [f"{key}: LOGIN_METHODS has oidc, which needs it" for key in self.sso_missing]
        if self.ENV == "production" and 0 < len(self.SECRET_KEY) < SHORTEST_IN_PRODUCTION:
            found.append(f"SECRET_KEY: in production it has {SHORTEST_IN_PRODUCTION} characters or more")
        return found

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        file = config_file()
        sources: tuple[PydanticBaseSettingsSource, ...] = (init_settings, env_settings, *extension_sources(settings_cls))
        return (*sources, YamlConfigSettingsSource(settings_cls, yaml_file=file)) if file else sources

    @property
    def storage_url(self) -> str:
        """Where the data are: `STORAGE`, else the ScyllaDB hosts of the file, else the embedded database."""
        if self.STORAGE:
            return self.STORAGE
        if self.SCYLLA_CONTACT_POINTS:
            return f"cql://{','.join(self.SCYLLA_CONTACT_POINTS)}/{self.SCYLLA_KEYSPACE_NAME}"
        return f"sqlite:///{self.DATA_DIR / 'argus.sqlite'}"

    @property
    def artifact_buckets(self) -> frozenset[str]:
        """Buckets whose logs and screenshots are handed out signed."""
        if self.S3_ARTIFACT_BUCKETS is not None:
            return frozenset(self.S3_ARTIFACT_BUCKETS)
        return frozenset([*self.S3_ALLOWED_BUCKETS, self.REPLAY_LOG_BACKFILL_BUCKET])

    @property
    def offered_logins(self) -> list[str]:
        """The enabled login methods that have what they need."""
        needs = {"gh": self.GITHUB_CLIENT_SECRET, "cf": self.CLOUDFLARE_ACCESS_TEAM_DOMAIN, "oidc": not self.sso_missing}
        return [method for method in self.LOGIN_METHODS if needs.get(method, True)]

    def framework_keys(self) -> dict[str, Any]:
        """Upper-case keys of the file that Argus itself does not know: for Flask's configuration."""
        return {key: value for key, value in (self.model_extra or {}).items() if key.isupper()}


def config_file() -> Path | None:
    """The settings file in use, if there is one.

    Raises:
        FileNotFoundError: `ARGUS_CONFIG` names a file that is not there.
    """
    named = os.environ.get("ARGUS_CONFIG")
    if named:
        if not Path(named).is_file():
            raise FileNotFoundError(f"ARGUS_CONFIG names {named}, which is no file")
        return Path(named)
    return next((path for path in map(Path, CONFIG_FILES) if path.is_file()), None)


def load_settings(**overrides: Any) -> Settings:
    """The settings of this process.

    Raises:
        WrongSettings: values that cannot be used.
        FileNotFoundError: see `config_file`.
        WeakKey: the kept key is none.
    """
    try:
        settings = Settings(**overrides)
    except ValidationError as error:
        raise wrong_settings(error, overrides, _files()) from error
    if not settings.SECRET_KEY:
        settings.SECRET_KEY = kept_key(settings.DATA_DIR / "secret_key")
    return settings


def _files() -> list[Source]:
    """The files that settings come from, those that win first."""
    found: list[Source] = [(part.name, part) for part in extension_sources(Settings)]
    file = config_file()
    return [*found, (str(file), YamlConfigSettingsSource(Settings, yaml_file=file))] if file else found


def settings_of_process() -> Settings:
    """As `load_settings`, for a module that servers import: what is wrong is said, and the process ends.

    Raises:
        SystemExit
    """
    try:
        return load_settings()
    except WrongSettings as wrong:
        raise SystemExit("\n".join(f"Error: {line}" for line in str(wrong).splitlines())) from wrong
