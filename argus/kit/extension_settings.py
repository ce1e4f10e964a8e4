"""Settings of what stands around a run: one class a part, composed into `Settings` (docs/settings.md#platform).

Besides the environment and the YAML file these keys, and only these, are also read from `.env` in the working directory and from
`argus_web.<environment>.toml`; the environment is `ARGUS_ENV`.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import limits
from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, DotEnvSettingsSource, NoDecode, PydanticBaseSettingsSource, TomlConfigSettingsSource

Words = Annotated[list[str], NoDecode]  # in the environment: comma-separated

ENVIRONMENTS = ("development", "staging", "production")
NEIGHBOURS = ("http://localhost:3000", "http://localhost:5173")  # where front ends are developed
Environment = Literal["development", "staging", "production"]


class EnvironmentSettings(BaseSettings):
    """Which kind of installation this is."""

    ENV: Environment = "development"
    LOG_FORMAT: Literal["auto", "json", "text"] = "auto"  # auto: text on a terminal of a development installation, else JSON

    @property
    def log_as_text(self) -> bool | None:
        """Whether lines of the log are for people; None: where somebody looks at a terminal."""
        if self.LOG_FORMAT == "auto":
            return None if self.ENV == "development" else False
        return self.LOG_FORMAT == "text"


class AccessSettings(BaseSettings):
    """Who is let in, and how often."""

    CORS_ALLOWED_ORIGINS: Annotated[list[str] | None, NoDecode] = None  # none: those of the environment
    RATE_READS: str = "600/minute"
    RATE_WRITES: str = "120/minute"
    RATE_UPLOADS: str = "30/minute"
    RATE_LOGINS: str = "10/minute"

    @field_validator("CORS_ALLOWED_ORIGINS", mode="before")
    @classmethod
    def _split_origins(cls, value: Any) -> Any:
        return [word.strip() for word in value.split(",") if word.strip()] if isinstance(value, str) else value

    @field_validator("RATE_READS", "RATE_WRITES", "RATE_UPLOADS", "RATE_LOGINS")
    @classmethod
    def _is_a_rate(cls, value: str) -> str:
        limits.parse(value)
        return value


class DocumentationSettings(BaseSettings):
    """Who may read the API's own description."""

    API_DOCS: Literal["development", "login", "off"] | None = None  # none: that of the environment


class SignOnSettings(BaseSettings):
    """Sign-on by OpenID Connect; offered where `LOGIN_METHODS` has `oidc`."""

    SSO_ISSUER: str | None = None
    SSO_CLIENT_ID: str | None = None
    SSO_CLIENT_SECRET: SecretStr | None = None  # none: a public client, which PKCE alone protects
    SSO_REDIRECT_URL: str | None = None  # of /auth/sso/callback, as the provider knows it
    SSO_SCOPES: str = "openid email profile"
    SSO_AUTO_PROVISION: bool = False
    SSO_ALLOWED_DOMAINS: Words = []  # none: any
    SSO_ROLE_CLAIM: str | None = None
    SSO_ADMIN_GROUPS: Words = []

    @field_validator("SSO_ALLOWED_DOMAINS", "SSO_ADMIN_GROUPS", mode="before")
    @classmethod
    def _several(cls, value: Any) -> Any:
        return [word.strip() for word in value.split(",") if word.strip()] if isinstance(value, str) else value

    @property
    def sso_missing(self) -> list[str]:
        """What sign-on needs and does not have."""
        return [key for key in ("SSO_ISSUER", "SSO_CLIENT_ID", "SSO_REDIRECT_URL") if not getattr(self, key)]


class DatabaseSettings(BaseSettings):
    """The relational database."""

    DATABASE_URL: SecretStr | None = None  # none: a SQLite file beside the embedded store
    DB_POOL_SIZE: Annotated[int, Field(ge=1, le=200)] = 10

    @field_validator("DATABASE_URL")
    @classmethod
    def _is_one_of_two(cls, value: SecretStr | None) -> SecretStr | None:
        text = value.get_secret_value() if value else ""
        if not text:
            return None
        if not text.startswith(("sqlite+aiosqlite:///", "postgresql+asyncpg://")) or text.endswith(("///", ":memory:")):
            raise ValueError("it is sqlite+aiosqlite:///PATH or postgresql+asyncpg://USER:PASSWORD@HOST/NAME")
        return value


class QueueSettings(BaseSettings):
    """Work that is done behind the answers."""

    QUEUE_ENGINE: Literal["embedded", "celery"] = "embedded"
    CELERY_BROKER_URL: SecretStr | None = None  # none: REDIS_URL
    QUEUE_CONCURRENCY: Annotated[int, Field(ge=0, le=64)] = 2  # of each queue, in each process; 0: this process does none


class RedisSettings(BaseSettings):
    """A Redis that processes of several hosts share."""

    REDIS_URL: SecretStr | None = None

    @field_validator("REDIS_URL")
    @classmethod
    def _is_a_redis(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not value.get_secret_value().startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("it is redis://HOST:PORT/NUMBER")
        return value


class FileSettings(BaseSettings):
    """Where files are kept."""

    FILE_STORE: str | None = None  # s3://bucket/prefix; none: the folder FILE_STORE_ROOT
    FILE_STORE_ROOT: Path = Path("storage/objects")  # with S3: of uploads that are under way

    @field_validator("FILE_STORE")
    @classmethod
    def _is_a_bucket(cls, value: str | None) -> str | None:
        if value and not re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[\w!.*'()/-]+)?/?", value, re.ASCII):
            raise ValueError("it is s3://BUCKET or s3://BUCKET/PREFIX")
        return value or None


class DocumentSettings(BaseSettings):
    """What is uploaded."""

    DOCUMENT_MAX_BYTES: Annotated[int, Field(ge=1, le=60 * 1024 * 1024)] = 50 * 1024 * 1024


class DeduperSettings(BaseSettings):
    """The program that groups the events of a run, and how many of it run."""

    DEDUPER_COMMAND: str = ""  # words as a shell splits them; none: the program that comes with Argus
    DEDUPER_ALLOWED_DIRS: Words = []  # where the program may stand; none: with the interpreter and with Argus
    DEDUPER_WORK_DIR: Path | None = None  # none: `deduper` below DATA_DIR
    DEDUPER_REQUIRED_ENV: Words = []  # variables that must be set for a job to start
    DEDUPER_MAX_CONCURRENT: Annotated[int, Field(ge=1, le=64)] = 2  # programs of a host
    DEDUPER_MAX_PENDING: Annotated[int, Field(ge=1, le=10_000)] = 200
    DEDUPER_TIMEOUT_SECONDS: Annotated[int, Field(ge=1, le=3600)] = 900
    DEDUPER_STALL_SECONDS: Annotated[float, Field(gt=0, le=3600)] = 120.0  # without output
    DEDUPER_GRACE_SECONDS: Annotated[float, Field(ge=0, le=60)] = 5.0  # from SIGTERM to SIGKILL
    DEDUPER_PROTOCOL: Literal["json", "plain"] = "json"  # plain: a program that tells nothing and keeps its own results
    DEDUPER_AUTO: bool = False  # a run that ends with 50 failures or more is looked at by itself
    DEDUPER_SHARED_TOKEN: SecretStr | None = None  # for callers without an account, where the deduper is served alone

    @field_validator("DEDUPER_ALLOWED_DIRS", "DEDUPER_REQUIRED_ENV", mode="before")
    @classmethod
    def _words(cls, value: Any) -> Any:
        return [word.strip() for word in value.split(",") if word.strip()] if isinstance(value, str) else value


class ExtensionSettings(
    EnvironmentSettings,
    AccessSettings,
    DocumentationSettings,
    SignOnSettings,
    DatabaseSettings,
    RedisSettings,
    QueueSettings,
    FileSettings,
    DocumentSettings,
    DeduperSettings,
):
    """All of them."""

    @property
    def broker_url(self) -> str | None:
        """Where Celery's messages go: RabbitMQ or Redis."""
        named = self.CELERY_BROKER_URL or self.REDIS_URL
        return named.get_secret_value() if named else None

    @property
    def api_docs(self) -> Literal["anybody", "users", "nobody"]:
        """Who may read the API's description: in development anybody, elsewhere who is logged in, where nothing else is said."""
        said = self.API_DOCS or ("development" if self.ENV == "development" else "login")
        if said == "login":
            return "users"
        return "anybody" if said == self.ENV else "nobody"

    @property
    def cors_origins(self) -> frozenset[str]:
        """Origins whose pages may use extension routes."""
        if self.CORS_ALLOWED_ORIGINS is not None:
            return frozenset(self.CORS_ALLOWED_ORIGINS)
        return frozenset(NEIGHBOURS if self.ENV == "development" else ())

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if problems := self.problems():
            raise ValueError("\n".join(problems))
        return self

    def problems(self) -> list[str]:
        """What is wrong with values that are right by themselves: `KEY: what`."""
        found = []
        if self.QUEUE_ENGINE == "celery" and self.broker_url is None:
            found.append("CELERY_BROKER_URL: QUEUE_ENGINE celery needs it, or REDIS_URL")
        if self.ENV == "production" and "*" in (self.CORS_ALLOWED_ORIGINS or ()):
            found.append("CORS_ALLOWED_ORIGINS: in production it names origins, never *")
        return found


class Part(PydanticBaseSettingsSource):
    """Another source, of which only the keys of extensions count.

    Args:
        name: what people call it.
    """

    def __init__(self, settings_cls: type[BaseSettings], name: str, source: PydanticBaseSettingsSource) -> None:
        super().__init__(settings_cls)
        self.name = name
        self._source = source

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        return self._source.get_field_value(field, field_name)

    def __call__(self) -> dict[str, Any]:
        return {key: value for key, value in self._source().items() if key in ExtensionSettings.model_fields}


def extension_sources(settings_cls: type[BaseSettings]) -> tuple[Part, ...]:
    """`.env`, then the environment's TOML file; which environment, the process says first, then `.env`."""
    dotenv = DotEnvSettingsSource(settings_cls, env_file=".env", env_prefix="ARGUS_", env_ignore_empty=True)
    environment = os.environ.get("ARGUS_ENV") or dotenv().get("ENV") or "development"
    if environment not in ENVIRONMENTS:
        return (Part(settings_cls, ".env", dotenv),)  # the value itself is refused where it is validated
    file = f"argus_web.{environment}.toml"
    return (Part(settings_cls, ".env", dotenv), Part(settings_cls, file, TomlConfigSettingsSource(settings_cls, toml_file=file)))
