"""Flask's session, user, hooks, flashes and templates in an endpoint of FastAPI.

    @router.get("/page")
    async def page(flask: InFlask) -> HTMLResponse:
        return HTMLResponse(await flask.render("page.html", user=await flask.run(name_of_user)))

What is run sees `flask.request`, `session`, `g`, `current_user`, `flash` and `url_for` as a view of Flask does; it runs in a thread of the
Flask lane, so nothing of it holds the event loop, and its cookies and the headers of `after_request` hooks go out with FastAPI's answer.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Collection
from contextvars import copy_context
from functools import partial
from io import BytesIO
from typing import Annotated, Any, Literal, TypeVar
from weakref import WeakValueDictionary

from fastapi import Depends, HTTPException, Request, Response
from werkzeug.exceptions import HTTPException as FlaskHTTPException
from werkzeug.wrappers import Response as FlaskResponse

from strangler import portal as portals
from strangler.bridge import Bridge
from strangler.environ import build_environ
from strangler.threads import QueueFull
from strangler.wire import headers_of

T = TypeVar("T")
Hooks = Literal["all", "none"] | Collection[str]
HEADERS = "strangler.flask_headers"
"""Where a scope keeps the headers that Flask adds to the answer."""
OF_THE_BODY = frozenset({"content-type", "content-length", "content-encoding", "transfer-encoding"})
_writers: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()


class FlaskAnswered(Exception):
    """A hook of Flask, or what was run, has answered the request by itself: a redirect to the login, a refusal of CSRF, `abort(404)`."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


async def answered(request: Request, error: Exception) -> Response:
    """The exception handler of `FlaskAnswered`; the gateway registers it."""
    assert isinstance(error, FlaskAnswered)
    return error.response


class InFlaskContext:
    """Runs functions in a request context of the gateway's Flask application, for one request of FastAPI."""

    def __init__(self, request: Request, hooks: Hooks) -> None:
        gateway = request.scope["gateway"]
        self._gateway = gateway
        if gateway.flask_app is None:
            raise RuntimeError("flask_context needs the Flask application in this process, and there is none")
        self._app = gateway.flask_app
        self._request = request
        self._hooks = hooks

    async def run(self, function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """What a function returns in a request context of Flask. Hooks run around each call; the session is loaded before, and saved after.

        Raises:
            FlaskAnswered: a `before_request` hook, or an `abort` of the function, has answered instead. Left alone, it becomes the answer.
        """
        result, response = await self._within(partial(function, *args, **kwargs), lambda result: self._app.response_class())
        headers = self._request.scope.setdefault(HEADERS, [])
        headers += headers_of((name, value) for name, value in response.headers.items() if name.lower() not in OF_THE_BODY)
        return result

    async def answer(self, view: Callable[..., Any], *args: Any, **kwargs: Any) -> Response:
        """The answer of a view of Flask, as FastAPI sends it: a first step, while the view stays what it is. Its body is held in memory.

        Raises:
            FlaskAnswered: as `run` does.
        """
        _, response = await self._within(partial(view, *args, **kwargs), lambda result: result)
        return _as_answer(response, self._app)

    async def render(self, template: str, **values: Any) -> str:
        """A template of Flask, with its context processors and globals."""
        from flask import render_template

        return await self.run(render_template, template, **values)

    async def _within(self, function: Callable[[], T], answer_of: Callable[[T], Any]) -> tuple[T, FlaskResponse]:
        environ = build_environ(self._request.scope, BytesIO(await self._request.body()))
        async with _one_writer(environ.get("HTTP_COOKIE", "")):
            return await self._in_thread(partial(self._run, environ, function, answer_of))

    def _run(self, environ: dict[str, Any], function: Callable[[], T], answer_of: Callable[[T], Any]) -> tuple[T, FlaskResponse]:
        app = self._app
        portals.choose(self._gateway.portal)
        with app.request_context(environ):
            try:
                self._before()
                result = function()
            except FlaskHTTPException as error:
                raise FlaskAnswered(_as_answer(self._after(app.handle_user_exception(error)), app)) from error
            return result, self._after(answer_of(result))

    def _before(self) -> None:
        """Run the hooks that were asked for; one that answers ends the request."""
        from flask import request

        app, answer = self._app, None
        if self._hooks == "all":
            answer = app.preprocess_request()
        elif self._hooks != "none":
            for name in (None, *reversed(request.blueprints)):
                for hook in app.before_request_funcs.get(name, ()):
                    if answer is None and hook.__name__ in self._hooks:
                        answer = app.ensure_sync(hook)()
        if answer is not None:
            raise FlaskAnswered(_as_answer(self._after(app.make_response(answer)), app))

    def _after(self, answer: Any) -> FlaskResponse:
        """What `after_request` hooks and the session make of an answer."""
        from flask import session

        app = self._app
        response: FlaskResponse = app.make_response(answer)
        if self._hooks == "all":
            processed: FlaskResponse = app.process_response(response)
            return processed
        if not app.session_interface.is_null_session(session):
            app.session_interface.save_session(app, session, response)
        return response

    async def _in_thread(self, work: Callable[[], T]) -> T:
        bridge = self._gateway.bridge
        if not isinstance(bridge, Bridge):
            return await asyncio.to_thread(work)
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()

        def job() -> None:
            try:
                result = work()
            except BaseException as error:
                loop.call_soon_threadsafe(_fail, done, error)
            else:
                loop.call_soon_threadsafe(_succeed, done, result)

        try:
            bridge.pool_of(self._request.scope).submit(partial(copy_context().run, job))
        except QueueFull:
            raise HTTPException(503, headers={"Retry-After": "1"}) from None
        return await done


def _succeed(done: asyncio.Future[T], result: T) -> None:
    if not done.done():
        done.set_result(result)


def _fail(done: asyncio.Future[Any], error: BaseException) -> None:
    if not done.done():
        done.set_exception(error if isinstance(error, Exception) else RuntimeError(f"it raised {type(error).__name__}"))


@contextlib.asynccontextmanager
async def _one_writer(cookies: str) -> AsyncIterator[None]:
    """One function at a time for each browser: what loads a session and saves it loses no change of another in this worker."""
    lock = _writers.setdefault(cookies, asyncio.Lock()) if cookies else None
    if lock is None:
        yield
        return
    async with lock:
        yield


def _as_answer(response: FlaskResponse, app: Any) -> Response:
    response.direct_passthrough = False  # a file is read, too
    answer = Response(response.get_data(), response.status_code)
    del answer.headers["content-length"]
    answer.raw_headers = headers_of(response.headers.items())
    return answer


def flask_context(hooks: Hooks = "all") -> Callable[[Request], InFlaskContext]:
    """A dependency: `Depends(flask_context())`. `hooks` are all `before_request` and `after_request` hooks, none, or the names of the
    `before_request` ones that are to run. The session is loaded and saved in any case."""

    def dependency(request: Request) -> InFlaskContext:
        return InFlaskContext(request, hooks)

    return dependency


InFlask = Annotated[InFlaskContext, Depends(flask_context())]
