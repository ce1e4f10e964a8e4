"""The registry as the commands below `argus routes` find, read and check it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from argus.cli.terminal import Failure
from argus.kit.settings import Settings, load_settings
from strangler.registry import Registry, RegistryError, parse

if TYPE_CHECKING:
    from strangler.check import Problem, Wanted

File = Annotated[
    Path | None, typer.Option("--registry", metavar="FILE", exists=True, dir_okay=False, help="The registry; else as the settings say.")
]


def file_of(given: Path | None) -> Path:
    """The registry's file: the one that was given, else the settings'."""
    path = given or load_settings().REGISTRY
    if not path.is_file():
        raise Failure(f"there is no registry {path}")
    return path


def read(path: Path) -> Registry:
    """The registry in a file. Raises Failure."""
    try:
        return parse(path.read_text("utf-8"))
    except (RegistryError, UnicodeDecodeError) as error:
        raise Failure(f"{path}: {error}") from error


def problems_of(registry: Registry, contract: Sequence[Wanted] = ()) -> list[Problem]:
    """Where registry, applications and contract do not agree."""
    from strangler.check import problems

    flask_app, fastapi_app = applications(load_settings())
    return problems(registry, flask_app.url_map, fastapi_app, contract)


def applications(settings: Settings) -> tuple[Any, Any]:
    """Both applications, without a gateway, which would refuse what is to be told here.

    Raises:
        Failure: Flask is gone.
    """
    if not settings.FLASK:
        raise Failure("FLASK is off: there is one application, and nothing to hold it against")
    from argus.auth.session import SessionCodec
    from argus.web.app import CallService
    from argus.web.fastapi_app import create_fastapi_app
    from argus.web.flask_app import create_flask_app
    from argus.web.worker import Worker

    worker = Worker(settings)
    codec = SessionCodec(settings.SECRET_KEY)
    return create_flask_app(settings, CallService(worker), codec), create_fastapi_app(settings, worker.open, worker.close, codec)
