"""The strangler kit: one ASGI process serves a Flask and a FastAPI application, and a YAML file says which owns each path.

It works for any Flask + FastAPI pair. These are the public names; whatever else a module has may change with any version.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from strangler.canary import Caller, anybody
    from strangler.check import Problem, problems
    from strangler.console.app import Console
    from strangler.edit import cut_over, roll_back, set_canary, set_enabled, set_owner, write
    from strangler.flask_context import FlaskAnswered, InFlaskContext, flask_context
    from strangler.gateway import Gateway
    from strangler.metrics import Metrics
    from strangler.observation import Observation, failed
    from strangler.otel import traced
    from strangler.portal import Portal, current
    from strangler.registry import Registry, RegistryError, json_schema, parse, read
    from strangler.remote import Remote
    from strangler.shadow import Shadow, Visit, WriteRefused
    from strangler.sockets import Sockets
    from strangler.state import Entry, InMemory, NotShared, Override, SharedState
    from strangler.state_redis import RedisState
    from strangler.state_sqlalchemy import SqlAlchemyState
    from strangler.state_sqlite import SqliteState
    from strangler.uploads import UploadLimits, Uploads

__version__ = "0.1.0"
__all__ = [
    "Caller",
    "Console",
    "Entry",
    "FlaskAnswered",
    "Gateway",
    "InFlaskContext",
    "InMemory",
    "Metrics",
    "NotShared",
    "Observation",
    "Override",
    "Portal",
    "Problem",
    "RedisState",
    "Registry",
    "RegistryError",
    "Remote",
    "Shadow",
    "SharedState",
    "Sockets",
    "SqlAlchemyState",
    "SqliteState",
    "UploadLimits",
    "Uploads",
    "Visit",
    "WriteRefused",
    "anybody",
    "current",
    "cut_over",
    "failed",
    "flask_context",
    "json_schema",
    "parse",
    "problems",
    "read",
    "roll_back",
    "set_canary",
    "set_enabled",
    "set_owner",
    "traced",
    "write",
]
_HOMES = {
    "Caller": "canary",
    "Console": "console.app",
    "Entry": "state",
    "FlaskAnswered": "flask_context",
    "Gateway": "gateway",
    "InFlaskContext": "flask_context",
    "InMemory": "state",
    "Metrics": "metrics",
    "NotShared": "state",
    "Observation": "observation",
    "Override": "state",
    "Portal": "portal",
    "Problem": "check",
    "RedisState": "state_redis",
    "Registry": "registry",
    "RegistryError": "registry",
    "Remote": "remote",
    "Shadow": "shadow",
    "SharedState": "state",
    "Sockets": "sockets",
    "SqlAlchemyState": "state_sqlalchemy",
    "SqliteState": "state_sqlite",
    "UploadLimits": "uploads",
    "Uploads": "uploads",
    "Visit": "shadow",
    "WriteRefused": "shadow",
    "anybody": "canary",
    "current": "portal",
    "cut_over": "edit",
    "failed": "observation",
    "flask_context": "flask_context",
    "json_schema": "registry",
    "parse": "registry",
    "problems": "check",
    "read": "registry",
    "roll_back": "edit",
    "set_canary": "edit",
    "set_enabled": "edit",
    "set_owner": "edit",
    "traced": "otel",
    "write": "edit",
}
_EXTRAS = {"metrics": "metrics", "otel": "otel", "state_redis": "state-redis", "state_sqlalchemy": "state-sqlalchemy"}


def __getattr__(name: str) -> Any:
    """A public name, whose module is imported when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = _HOMES[name]
    try:
        module = import_module(f"{__name__}.{home}")
    except ModuleNotFoundError as error:
        if home not in _EXTRAS:
            raise
        raise ImportError(f"{name} needs {error.name}, which comes with the extra `{_EXTRAS[home]}` of strangler-fig") from error
    return getattr(module, name)
