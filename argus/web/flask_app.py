"""The Flask application: every blueprint, the same session cookie, the same answers to errors."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import Blueprint, Flask, Request, Response, current_app, request
from flask.sessions import SessionInterface
from flask_login import LoginManager, UserMixin
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.exceptions import RequestEntityTooLarge as TooLarge
from werkzeug.wsgi import wrap_file

from argus.auth.session import COOKIE, Session, SessionCodec, clear_cookie, set_cookie
from argus.kit.answer import error_page
from argus.kit.errors import RequestEntityTooLarge
from argus.kit.public_files import BLOCK, answer_file
from argus.kit.settings import Settings
from argus.lanes.failure import answer_error, is_api, is_ours, way_back
from argus.lanes.flask import begin, browser_session, caller, end, leaves_it_to_the_view, send
from argus.models.user import User
from argus.web.features import blueprints
from argus.web.light_flask import LightFlask
from strangler.observation import failed

Call = Callable[..., Any]


class SharedSession(SessionInterface):
    """Flask's session, over the codec that both lanes share."""

    def __init__(self, codec: SessionCodec, secure: bool) -> None:
        self.codec = codec
        self.secure = secure

    def open_session(self, app: Flask, request: Request) -> Session:  # type: ignore[override]
        return self.codec.load(request.cookies.get(COOKIE) if "HTTP_COOKIE" in request.environ else None)

    def save_session(self, app: Flask, session: Session, response: Response) -> None:  # type: ignore[override]
        if session.touched or session.modified:
            response.vary.add("Cookie")
        if session.modified:
            value = set_cookie(self.codec.dump(session), self.secure) if len(session) else clear_cookie(self.secure)
            response.headers.add("Set-Cookie", value)
            response.headers.setdefault("Cache-Control", "no-store")


class LoginUser(UserMixin):
    """What flask-login calls the current user."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.id = str(user.id)


class ArgusLogin(LoginManager):
    """flask-login, with the identity that both lanes share instead of its own session keys."""

    def _load_user(self) -> None:
        user = caller()
        self._update_request_context_with_user(LoginUser(user) if user else None)  # type: ignore[no-untyped-call]

    def _update_remember_cookie(self, response: Response) -> Response:
        return response  # no remember-me; looking for one would touch the session of token callers


def create_flask_app(settings: Settings, call: Call, codec: SessionCodec, served: Iterable[Blueprint] | None = None) -> Flask:
    """The blueprints, all unless said otherwise, over `call`, which runs `await service(runtime, *args)` on the event loop and waits."""
    app = LightFlask("argus", static_folder=None, template_folder=None)
    app.add_url_rule("/s/<path:filename>", endpoint="static", view_func=_public_file)
    app.config.update(SECRET_KEY=settings.SECRET_KEY, SECRET_KEY_FALLBACKS=settings.SECRET_KEY_FALLBACKS)
    app.config.update(MAX_CONTENT_LENGTH=settings.MAX_CONTENT_LENGTH, **settings.framework_keys())
    app.session_interface = SharedSession(codec, settings.SESSION_COOKIE_SECURE)
    app.extensions["argus"] = call
    app.extensions["argus.settings"] = settings
    ArgusLogin(app)  # type: ignore[no-untyped-call]
    # registries name these hooks, under `moved`
    app.before_request(_clock(settings.REQUEST_DEADLINE))
    app.teardown_request(end)
    app.before_request(_identify)
    app.after_request(_allow_in_order)
    app.register_error_handler(Exception, _failure)
    for blueprint in blueprints() if served is None else served:
        app.register_blueprint(blueprint)
    return app


def _public_file(filename: str) -> Response:
    """`/s/…`: the built frontend and images."""
    settings: Settings = current_app.extensions["argus.settings"]
    answer = answer_file(settings.PUBLIC_DIR, filename, request.method, request.headers)  # type: ignore[arg-type]
    if answer is None:
        raise NotFound
    file = wrap_file(request.environ, answer.open(), BLOCK) if answer.length and request.method == "GET" else None
    response = Response(file, answer.status, answer.headers, direct_passthrough=True)
    if "Content-Type" not in answer.headers:
        del response.headers["Content-Type"]
    return response


def _clock(seconds: float) -> Callable[[], None]:
    def begin_deadline() -> None:
        begin(seconds)

    return begin_deadline


def _identify() -> None:
    """A bad token is an error on every route, guarded or not; on an unknown path 404 wins. Health is told whoever asks, the deduper
    refuses in its own form, and a view that reads ahead asks by itself."""
    rule = request.url_rule
    if rule is None or rule.endpoint == "static" or rule.endpoint.partition(".")[0] in ("health", "deduper"):
        return
    if not leaves_it_to_the_view(current_app.view_functions[rule.endpoint]):
        caller()


def _allow_in_order(response: Response) -> Response:
    """Flask lists the methods of OPTIONS in an order that differs from process to process."""
    if request.method == "OPTIONS" and response.allow:
        response.headers["Allow"] = ", ".join(sorted(response.allow))
    return response


def _failure(error: Exception) -> Response:
    if isinstance(error, TooLarge):
        error = RequestEntityTooLarge()
    matched = request.url_rule is not None and request.endpoint != "static"
    if isinstance(error, HTTPException) and not (matched and is_api(request.path) and error.code not in (405, 308)):
        return _http_error(error)
    if is_ours(error) and not isinstance(error, HTTPException):
        failed(request.environ.get("asgi.scope", request.environ), type(error).__name__)
    back = way_back(request.method, request.full_path)
    return send(answer_error(error, request.path, back, browser_session(), request.headers.items()))


def _http_error(error: HTTPException) -> Response:
    code = error.code or 500
    if code < 400:
        return error.get_response()  # type: ignore[return-value]
    response = send(error_page(code, "" if code in (404, 405) else error.description or ""))
    if code == 405:
        response.headers["Allow"] = ", ".join(sorted(getattr(error, "valid_methods", None) or ()))
    return response
