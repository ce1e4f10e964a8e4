"""What a route depends on, put in order once instead of for every request.

FastAPI walks the tree of a route's dependencies at each request, again below each branch, and asks of every function what kind it is. Here
the walk is made when the application is: what is left is a list of functions to call, each with what it takes. What no list can say (bodies
that FastAPI reads, generators, functions that need a thread) stays with FastAPI, and so does each value that is more than a text.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_typed_return_annotation, request_params_to_args
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

Function = Callable[..., Any]
TEXTS = (str, str | None)


@dataclass(frozen=True, slots=True)
class Step:
    """One function that is called for a request."""

    call: Function
    waits: bool
    """Whether what it gives has to be awaited; a class just collects values."""
    request: str | None
    """The parameter that takes the request."""
    needs: tuple[tuple[str | None, Function], ...]
    """Parameters that take what an earlier step gave; None: it must have been called."""
    path: tuple[tuple[str, str], ...]
    """Parameters that take a variable of the path as it is."""
    query: tuple[tuple[str, str, str | None], ...]
    """Parameters that take a text of the query as it is, or else their default."""
    judged: tuple[tuple[Callable[[Request], Mapping[str, Any]], list[Any]], ...]
    """Where the values are that FastAPI has to convert or to refuse, and the fields that say how."""


def prepare(route: APIRoute) -> None:
    """Have a route served by its steps, where they can be put in order. Its answers stay what they are; `dependency_overrides` of the
    application hold for it no more."""
    steps = steps_of(route)
    if steps is not None:
        route.app = _serving(steps)


def steps_of(route: APIRoute) -> tuple[Step, ...] | None:
    """The steps of a route, its endpoint last; None where FastAPI has to serve it."""
    given = get_typed_return_annotation(route.endpoint)
    if type(route) is not APIRoute or not (isinstance(given, type) and issubclass(given, Response)):
        return None
    found: dict[Function, Step] = {}
    return tuple(found.values()) if _add(route.dependant, found) else None


def _add(dependant: Dependant, found: dict[Function, Step]) -> bool:
    """Add a function behind those that it depends on; False where that is not all that there is to do."""
    call = dependant.call
    waits = inspect.iscoroutinefunction(call)
    if call is None or not (waits or inspect.isclass(call)) or _is_special(dependant):
        return False
    for each in dependant.dependencies:
        if each.call not in found and not _add(each, found):
            return False
    texts = [field for field in (*dependant.path_params, *dependant.query_params) if _is_text(field)]
    sources: tuple[tuple[Callable[[Request], Mapping[str, Any]], list[Any]], ...] = (
        (lambda request: request.path_params, dependant.path_params),
        (lambda request: request.query_params, dependant.query_params),
        (lambda request: request.headers, dependant.header_params),
        (lambda request: request.cookies, dependant.cookie_params),
    )
    judged = [(source, [field for field in fields if field not in texts]) for source, fields in sources]
    found[call] = Step(
        call,
        waits,
        dependant.request_param_name,
        tuple((each.name, each.call) for each in dependant.dependencies if each.call is not None),
        tuple((field.name, field.alias) for field in dependant.path_params if field in texts),
        tuple((field.name, field.alias, field.default) for field in dependant.query_params if field in texts),
        tuple((source, fields) for source, fields in judged if fields),
    )
    return True


def _is_special(dependant: Dependant) -> bool:
    """Whether a function takes something of FastAPI's that only FastAPI makes, or is called in a way of its own."""
    takes = (
        dependant.body_params,
        dependant.websocket_param_name,
        dependant.http_connection_param_name,
        dependant.response_param_name,
        dependant.background_tasks_param_name,
        dependant.security_scopes_param_name,
        dependant.own_oauth_scopes,
        dependant.concurrency,
    )
    return any(takes) or not dependant.use_cache


def _is_text(field: Any) -> bool:
    """Whether any text is a value of this field as it is, and none at all is its default."""
    info = field.field_info
    plain = not info.metadata and info.default_factory is None and info.validation_alias in (None, field.alias)
    return bool(plain and info.annotation in TEXTS and (info.in_.value == "path" or not info.is_required()))


def _serving(steps: tuple[Step, ...]) -> ASGIApp:
    endpoint = steps[-1].call

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        given: dict[Function, Any] = {}
        errors: list[Any] = []
        for step in steps:
            if errors and any(function not in given for _, function in step.needs):
                errors += _taken(step, request, {})
                continue
            values = {name: given[function] for name, function in step.needs if name is not None}
            wrong = _taken(step, request, values)
            if wrong:
                errors += wrong
            else:
                gives = step.call(**values)
                given[step.call] = await gives if step.waits else gives
        if errors:
            raise RequestValidationError(errors)
        response: Response = given[endpoint]
        await response(scope, receive, send)

    return app


def _taken(step: Step, request: Request, values: dict[str, Any]) -> list[Any]:
    """Put what a step takes of the request itself beside its values; gives what is wrong with it."""
    if step.request is not None:
        values[step.request] = request
    for name, alias in step.path:
        values[name] = request.path_params[alias]
    if step.query:
        query = request.query_params if request.scope["query_string"] else {}
        for name, alias, default in step.query:
            values[name] = query.get(alias, default)
    errors: list[Any] = []
    for source, fields in step.judged:
        taken, wrong = request_params_to_args(fields, source(request))
        values.update(taken)
        errors += wrong
    return errors
