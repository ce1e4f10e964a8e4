"""The Flask lane of a gateway: threads of this process, or an application that serves elsewhere; and what is known of its answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol

from fastapi import FastAPI
from werkzeug.routing import Map

from strangler.bridge import Bridge
from strangler.flask_side import FlaskSide, Side
from strangler.remote import Remote, RemoteSide
from strangler.remote_lane import RemoteLane
from strangler.wsgi_job import WsgiApp

if TYPE_CHECKING:
    from strangler.a2wsgi_bridge import A2WsgiBridge

BridgeName = Literal["own", "a2wsgi"]


class FlaskLike(Protocol):
    """A Flask application, as far as the gateway knows it."""

    url_map: Map

    def __call__(self, environ: dict[str, Any], start_response: Any, /) -> Any: ...


def flask_lane(
    flask_app: FlaskLike | Remote | None,
    wsgi_app: WsgiApp | None,
    bridge: BridgeName,
    *,
    threads: int,
    queue: int,
    deadline: float | None,
    on_loop: bool,
) -> Bridge | A2WsgiBridge | RemoteLane | None:
    """What serves the requests of the lane; None when Flask is gone.

    Raises:
        TypeError: `flask_app` is no Flask application, or one that serves elsewhere is to be wrapped here.
        ModuleNotFoundError: what the lane was asked for needs an extra that is not installed.
    """
    if isinstance(flask_app, Remote):
        if wsgi_app is not None:
            raise TypeError("wsgi_app= wraps an application of this process; put middleware around a remote one where it serves")
        return RemoteLane(flask_app)
    if flask_app is not None and not isinstance(getattr(flask_app, "url_map", None), Map):
        raise TypeError(f"{type(flask_app).__name__} has no url_map: give the Flask application itself, and what wraps it as wsgi_app=")
    wsgi = wsgi_app or flask_app
    if wsgi is None:
        return None
    if bridge == "own":
        return Bridge(wsgi, threads=threads, queue=queue, deadline=deadline, on_loop=on_loop)
    from strangler.a2wsgi_bridge import A2WsgiBridge  # a2wsgi is there where it is wanted

    return A2WsgiBridge(wsgi, threads=threads, queue=queue, deadline=deadline)


def flask_side(flask_app: FlaskLike | Remote | None, wsgi_app: WsgiApp | None) -> Side | None:
    """What is known of the lane's answers without asking it; None when Flask is gone."""
    if isinstance(flask_app, Remote):
        return RemoteSide()
    return FlaskSide(flask_app, wsgi_app) if flask_app is not None else None


def configured_limit(flask_app: FlaskLike | Remote | None) -> int | None:
    """Of how many bytes a body may be, as Flask's configuration says; a remote application holds to its own."""
    most: int | None = getattr(flask_app, "config", {}).get("MAX_CONTENT_LENGTH")
    return most


def share_form_limits(flask_app: FlaskLike | Remote | None, app: FastAPI) -> None:
    """Let FastAPI's forms have the limits of Flask's, bytes of a field and number of fields and of files, where it sets none itself."""
    own = getattr(app.router, "form_limits", None)
    if own is None:  # FastAPI had none yet
        return
    config = getattr(flask_app, "config", {})
    parts, memory = config.get("MAX_FORM_PARTS"), config.get("MAX_FORM_MEMORY_SIZE")
    said = {"max_fields": parts, "max_files": parts, "max_part_size": memory}
    app.router.form_limits = {**{name: limit for name, limit in said.items() if limit is not None}, **own}  # type: ignore[typeddict-item]
