"""The Flask lane's side: guards for blueprints, the way into the services, and how answers become responses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from functools import partial, wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from flask import Response, current_app, g, request, session

from argus.auth.identity import SAFE_METHODS, USER, Head, admin_calls, require_admin, require_login, require_tunnel_server, who_calls
from argus.auth.session import Session
from argus.kit import deadline
from argus.kit.answer import JSON, Answer
from argus.kit.deadline import Deadline
from argus.kit.errors import RequestEntityTooLarge
from argus.kit.forms import Form, form_reader
from argus.kit.held import holds_a_thread
from argus.kit.json import encode_ok
from argus.kit.large_json import LARGE, LONGEST, Raw
from argus.kit.losses import begin as begin_losses
from argus.kit.parse import loads, loads_in_thread, need_json
from argus.kit.pools import DOCUMENTS
from argus.kit.settings import Settings
from argus.lanes import read_ahead as read
from argus.lanes.page import Page, render_page
from argus.models.user import User
from argus.runtime import Runtime

ACCEPTED, PATIENCE, GONE, ON_LOOP = "strangler.accepted", "strangler.patience", "strangler.gone", "strangler.on_loop"
"""Keys of the bridge's environ: when it accepted a request, what gives the view more time to answer, what tells that the client left,
whether the view runs without a thread."""
SLACK = 5.0  # seconds for the view itself, when its call has ended

P = ParamSpec("P")
T = TypeVar("T")
View = TypeVar("View", bound=Callable[..., Any])

AHEAD = "argus.reads_ahead"
"""Where a view says that it finds out by itself who calls."""

BLOCK = 64 * 1024  # bytes of a body that are read at once


def call(service: Callable[Concatenate[Runtime, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call an async service from a view and wait for it. Once a view: where that has a thread, each call crosses to the event loop and
    back."""
    return cast(T, current_app.extensions["argus"](service, *args, **kwargs))


def begin(seconds: float) -> None:
    """Start the clock of the request: it has so many seconds since its body was complete, the wait for a thread included."""
    environ = request.environ
    deadline.current.set(Deadline(seconds, environ.get(ACCEPTED)))
    holds_a_thread.set(not environ.get(ON_LOOP, False))


def end(error: BaseException | None) -> None:
    """Stop the clock: the thread's next work is another's."""
    deadline.current.set(None)
    holds_a_thread.set(False)


def allow(seconds: float) -> None:
    """Give the request so many seconds from now on: for work that is known to be long."""
    deadline.allow(seconds)
    if (patience := request.environ.get(PATIENCE)) is not None:
        patience(seconds + SLACK)


def has_left() -> Callable[[], bool]:
    """What tells whether the caller has left. Only of requests that were allowed more time is that known before the answer is sent."""
    return cast("Callable[[], bool]", request.environ.get(GONE, lambda: False))


class Ready(Response):
    """A whole answer. With status 200 the server gets it as it stands: it has a length, and no address to be completed."""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if self.status_code != 200 or environ["REQUEST_METHOD"] == "HEAD" or self._on_close or not isinstance(self.response, list):
            return super().__call__(environ, start_response)
        start_response(self.status, self.headers.to_wsgi_list())
        return self.response


def ok(payload: Any, **headers: str) -> Response:
    """The success envelope. Header names take `_` for `-`: `ok(x, Cache_Control="max-age=60")`."""
    return Ready(encode_ok(payload), content_type=JSON, headers={k.replace("_", "-"): v for k, v in headers.items()})


def send(answer: Answer, **headers: str) -> Response:
    """An answer as a response. Names of further headers take `_` for `-`: `send(x, Cache_Control="max-age=60")`."""
    response = Ready(answer.body, answer.status, list(answer.headers), content_type=answer.media_type)
    for name, value in headers.items():
        response.headers[name.replace("_", "-")] = value
    if not answer.media_type:
        del response.headers["Content-Type"]
    response.autocorrect_location_header = False
    return response


def browser_session() -> Session:
    """The browser session, as the services and pages know it."""
    return cast(Session, session._get_current_object())  # type: ignore[attr-defined]


def caller() -> User | None:
    """The caller, or None; resolved once a request."""
    environ = request.environ
    if USER not in environ:
        _known(environ, call(who_calls, head(), browser_session()))
    return cast("User | None", environ[USER])


def _known(environ: dict[str, Any], user: User | None) -> None:
    environ[USER] = environ.get("asgi.scope", environ)[USER] = user


def read_ahead(service: Callable[Concatenate[Runtime, P], Awaitable[Any]], /, *args: P.args, **kwargs: P.kwargs) -> Answer:
    """In place of `call(together, …)`, in a view that `reads_ahead`: the answer for anybody who is logged in, read while that is found
    out. One way into the loop and back finds both."""
    return call(read.read_ahead, head(), browser_session(), partial(_known, request.environ), service, *args, **kwargs)


def reads_ahead(view: View) -> View:
    """Marks a view, below its guard, which then judges what the view has found out, and looks itself only where it has not."""
    view.__dict__[AHEAD] = True
    return view


def leaves_it_to_the_view(view: Callable[..., Any]) -> bool:
    """Whether nobody need ask who calls before the view does."""
    return AHEAD in view.__dict__ and request.method in SAFE_METHODS - {"OPTIONS"}  # those Flask answers without the view


def head() -> Head:
    """What says who calls."""
    asked = request._get_current_object()  # type: ignore[attr-defined]  # once: the proxy looks for it at each use
    told = asked.environ.get
    return Head(
        asked.method,
        asked.path,
        asked.host,
        told("HTTP_AUTHORIZATION"),
        told("HTTP_ORIGIN"),
        told("HTTP_SEC_FETCH_SITE"),
        told("HTTP_X_API_KEY"),
        asked.remote_addr,
    )


def user() -> User:
    """The user of a guarded view."""
    found = caller()
    assert found is not None
    return found


def _guard(check: Callable[[User | None], User]) -> Callable[[Callable[P, T]], Callable[P, T]]:
    def decorate(view: Callable[P, T]) -> Callable[P, T]:
        def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
            check(caller())
            return view(*args, **kwargs)

        def ahead(*args: P.args, **kwargs: P.kwargs) -> T:
            shown = view(*args, **kwargs)
            check(caller())  # the view has asked who it is
            return shown

        return wraps(view)(ahead if AHEAD in view.__dict__ else guarded)

    return decorate


def _admin(found: User | None) -> User:
    if request.method in SAFE_METHODS:
        return require_admin(found)  # without another crossing to the event loop
    return call(admin_calls, head(), found)


logged_in = _guard(require_login)
"""Anybody who is logged in (API: 403; pages: to the login page)."""
admin = _guard(_admin)
"""`ROLE_ADMIN`; the role is checked before the login (docs/contract/conventions.md#roles)."""
tunnel_server = _guard(require_tunnel_server)
"""`ROLE_SSH_TUNNEL_SERVER` or `ROLE_ADMIN`; the one route that a tunnel server's account may use."""


def json_body() -> Any:
    """The JSON body of a route that takes one (docs/contract/conventions.md#json-bodies).

    Raises:
        ContentTypeMismatch, MalformedBody, RequestEntityTooLarge
    """
    need_json(request.content_type)
    return _value_of(_json_text())


def any_body() -> Any:
    """The JSON body whatever its content type says, None when it is empty."""
    raw = _json_text()
    return _value_of(raw) if raw else None


def _json_text() -> Raw:
    if (request.content_length or 0) > LONGEST:
        raise RequestEntityTooLarge
    raw = bytearray()  # it grows where it is; read at once, werkzeug would make room for the longest body that may come
    stream = request.stream
    while not getattr(stream, "is_exhausted", False) and (piece := stream.read(BLOCK)):  # one more read at its limit is an error
        raw += piece
        if len(raw) > LONGEST:
            raise RequestEntityTooLarge
    return raw


def _value_of(raw: Raw) -> Any:
    if len(raw) <= LARGE:
        return loads(raw)
    begin_losses()
    held = [raw]
    del raw  # whoever reads it takes it out
    return call(_in_pool, held)  # not in this thread: twenty that read at once would leave the event loop no time


async def _in_pool(runtime: Runtime, held: list[Raw]) -> Any:
    return await runtime.blocking(DOCUMENTS, loads_in_thread, held)


def form() -> Form:
    """A submitted form, empty when the body is none."""
    if "form" not in g:
        settings: Settings = current_app.extensions["argus.settings"]
        if caller() is None:  # under uWSGI nothing stands before Flask
            request.max_content_length = settings.ANONYMOUS_CONTENT_LENGTH
        reader = form_reader(request.content_type)
        while piece := request.stream.read(BLOCK):
            reader.feed(piece)
        g.form = reader.form()
    return cast("Form", g.form)


def show(page: Page) -> Response:
    """A page inside the shell."""
    settings: Settings = current_app.extensions["argus.settings"]
    return send(render_page(page, settings, browser_session(), caller(), request.path))
