"""Logs: one line a record on stderr, JSON, or readable text on a terminal (docs/contract/conventions.md#logs).

Everything logs through the standard library; structlog renders. A record made while a request is served says which one: the web layer
tells by `serve`, which a context variable carries into services, threads and background work. Secrets are taken out of every record.
"""

from __future__ import annotations

import json
import logging
import logging.config
import re
import sys
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from contextvars import ContextVar, Token
from dataclasses import dataclass, field
from typing import Any

import structlog
from pydantic import SecretStr
from structlog.typing import EventDict, Processor, WrappedLogger

Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Serving:
    """A request that is being served. Tasks and threads of its context share this object."""

    tell: Callable[[], Fields]
    noted: dict[str, str] = field(default_factory=dict)


LOGGERS = ("argus", "argus_backend", "acsylla", "cassandra", "uvicorn", "werkzeug", "__main__")
SECRET_HEADERS = frozenset(
    {"authorization", "cookie", "set-cookie", "cf-access-jwt-assertion", "cf-access-client-secret", "proxy-authorization", "x-api-key"}
)
HIDDEN = "[hidden]"
SHORTEST_SECRET = 6  # characters; a shorter one would tear harmless words apart
_SECRET_KEY = re.compile(r"(?i)secret|password|_pass\b|token\b|api_key|code_verifier")
_PATTERNS = (
    (re.compile(r"(?i)\b(authorization['\"]?\s*[:=]\s*['\"]?)(?:\w+ )?[^\s'\",}]+"), rf"\1{HIDDEN}"),
    (re.compile(r"(?i)\b(token|bearer|basic) [\w+/=.~-]{20,}"), rf"\1 {HIDDEN}"),
    (re.compile(r"\bargk_[0-9a-f]{8}_[\w-]+"), HIDDEN),
    (re.compile(r"\b(session|CF_Authorization)=[^;\s'\"]+"), rf"\1={HIDDEN}"),
    (re.compile(r"(?i)([?&](?:code|code_verifier|state|token|key|password|secret|signature|x-amz-\w+)=)[^&\s'\"]+"), rf"\1{HIDDEN}"),
    (re.compile(r"(?<=://)[^/\s:@'\"]*:[^/\s@'\"]+@"), f"{HIDDEN}@"),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"), HIDDEN),
)
_COLOURS = {"debug": "\x1b[38;21m", "info": "\x1b[34m", "warning": "\x1b[33m", "error": "\x1b[31m", "critical": "\x1b[31;1m"}
_GREY, _RESET = "\x1b[90m", "\x1b[0m"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

_serving: ContextVar[Serving | None] = ContextVar("argus_serving", default=None)
_secrets: re.Pattern[str] | None = None


def serve(tell: Callable[[], Fields]) -> Token[Serving | None]:
    """From now on records of this context are of the request that `tell` describes; asked only where something is logged."""
    return _serving.set(Serving(tell))


def served(token: Token[Serving | None]) -> None:
    """The request is over."""
    _serving.reset(token)


def note(**fields: str) -> None:
    """What has been found out of the request that is served (who sends it): all its later records say so."""
    if (serving := _serving.get()) is not None:
        serving.noted.update(fields)


def serving() -> Fields:
    """What records of this context say of the request that is served; nothing outside of one."""
    found = _serving.get()
    return {**found.tell(), **found.noted} if found else {}


def hide(secrets: Iterable[str]) -> None:
    """Take these values out of every record of this process."""
    global _secrets
    words = sorted({word for word in secrets if len(word) >= SHORTEST_SECRET}, key=len, reverse=True)
    _secrets = re.compile("|".join(map(re.escape, words))) if words else None


def secrets_of(settings: Mapping[str, Any]) -> list[str]:
    """The values of settings that are secret by their name."""
    secret = [value for key, value in settings.items() if _SECRET_KEY.search(key)]
    secret += [value.get_secret_value() for value in settings.values() if isinstance(value, SecretStr)]
    words = [word for value in secret for word in (value if isinstance(value, list) else [value])]
    return [word for word in words if isinstance(word, str) and word]


def redacted(text: str) -> str:
    """A text without what looks like a credential and without the secrets of the settings."""
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return _secrets.sub(HIDDEN, text) if _secrets else text


def _redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {key: _clean(key, value) for key, value in event.items() if key != "color_message"}


def _clean(key: str, value: Any) -> Any:
    if key.lower() in SECRET_HEADERS or (_SECRET_KEY.search(key) and isinstance(value, str)):
        return HIDDEN
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, Mapping):
        return {inner: _clean(str(inner), of) for inner, of in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(key, each) for each in value]
    return value


def _request(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {**event, **serving()}


def _origin(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    record: logging.LogRecord | None = event.get("_record")
    return {**event, "where": f"{record.module}::{record.funcName}"} if record else event


def _json(_logger: WrappedLogger, _method: str, event: MutableMapping[str, Any]) -> str:
    event["message"] = event.pop("event", "")
    first = {key: event.pop(key) for key in ("ts", "level", "logger", "message") if key in event}
    return json.dumps({**first, **event}, default=str, ensure_ascii=False)


def _text(_logger: WrappedLogger, _method: str, event: MutableMapping[str, Any]) -> str:
    """The reference's line (docs/contract/conventions.md#logs), for people."""
    level = str(event.get("level", "info"))
    about = " - ".join(_CONTROL.sub("?", str(event[key])) for key in ("remote_addr", "path", "endpoint") if event.get(key))
    line = f"[{_COLOURS.get(level, '')}{level.upper()}{_RESET}] {_GREY}<{about}>{_RESET} - {event.get('where', '')} - "
    line += _CONTROL.sub("?", str(event.get("event", "")))
    return f"{line}\n{event['exception']}" if "exception" in event else line


def formatter(terminal: bool) -> logging.Formatter:
    """What turns records into lines; named in `log_config`."""
    before: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
        _origin,
        _request,
    ]
    after: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        _redact,
        _text if terminal else _json,
    ]
    return structlog.stdlib.ProcessorFormatter(foreign_pre_chain=before, processors=after)


def log_config(level: str | int, terminal: bool | None = None) -> dict[str, Any]:
    """A configuration for `logging.config.dictConfig`: everything on stderr by one handler; of other libraries only warnings.

    Args:
        level: `APP_LOG_LEVEL`, of our loggers and of those of what we are built on.
        terminal: readable text; None: where stderr is a terminal.
    """
    text = str(level)
    wanted: str | int = int(text) if text.isdigit() else text.upper()
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": formatter, "terminal": sys.stderr.isatty() if terminal is None else terminal}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "stream": "ext://sys.stderr"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            **{name: {"level": wanted} for name in LOGGERS},
            "uvicorn.access": {"level": "INFO"},  # switched by --access-log
            "apscheduler": {"level": "WARNING"},  # says at every tick that it ticks
        },
    }


def configure(level: str | int, terminal: bool | None = None) -> None:
    """Set logging up, unless whoever started this process has done so."""
    if not logging.getLogger().handlers:
        logging.config.dictConfig(log_config(level, terminal))
