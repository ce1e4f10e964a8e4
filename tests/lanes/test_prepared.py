"""A route whose dependencies were put in order answers as FastAPI itself would."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

import httpx
import pytest
from fastapi import BackgroundTasks, Body, Depends, FastAPI, Header, Path, Query, Request, Response
from fastapi.routing import APIRoute
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.responses import JSONResponse

from argus.lanes.prepared import prepare, steps_of
from argus.web.features import routers

called: list[str] = []


async def _first(request: Request, flag: str | None = None) -> str:
    called.append("first")
    return f"{request.method} {flag}"


async def _second(first: Annotated[str, Depends(_first)], least: Annotated[int, Query(ge=0)] = 3) -> str:
    called.append("second")
    return f"{first} {least}"


async def _other(first: Annotated[str, Depends(_first)], x_limit: Annotated[int | None, Header()] = None) -> str:
    called.append("other")
    return f"{first} {x_limit}"


class _Collected:
    def __init__(self, first: Annotated[str, Depends(_first)], place: str = "here") -> None:
        called.append("collected")
        self.text = f"{first} {place}"


async def _refusing(request: Request) -> None:
    called.append("refusing")
    if request.headers.get("x-refused"):
        raise PermissionError


async def _endpoint(
    name: str,
    number: Annotated[int, Path(le=100)],
    second: Annotated[str, Depends(_second)],
    other: Annotated[str, Depends(_other)],
    collected: Annotated[_Collected, Depends()],
    nothing: Annotated[None, Depends(_refusing)],
    needed: Annotated[str, Query()],
    text: str = "default",
    short: Annotated[str, Query(max_length=3)] = "ab",
    several: Annotated[list[str] | None, Query(alias="of[]")] = None,
) -> Response:
    called.append("endpoint")
    return JSONResponse([name, number, second, other, collected.text, nothing, text, short, several, needed])


def _app(change: Callable[[APIRoute], None]) -> FastAPI:
    app = FastAPI()
    app.add_api_route("/{name}/{number}", _endpoint, methods=["GET"])
    route = next(route for route in app.routes if isinstance(route, APIRoute))
    change(route)

    @app.exception_handler(PermissionError)
    async def refused(request: Request, error: PermissionError) -> Response:
        return Response("refused", 403)

    return app


def _untouched(route: APIRoute) -> None:
    """FastAPI's own."""


APPS = _app(_untouched), _app(prepare)


async def _asked(app: FastAPI, path: str, query: list[tuple[str, str]], headers: dict[str, str]) -> tuple[Any, ...]:
    called.clear()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
        answer = await client.get(path, params=query, headers=headers)  # type: ignore[arg-type]
    return answer.status_code, answer.text, dict(answer.headers), list(called)


NAMES = st.sampled_from(["flag", "place", "least", "text", "short", "of[]", "needed", "else"])
VALUES = st.sampled_from(["", "7", "-1", "long text", "x", "ü&="])
QUERIES = st.lists(st.tuples(NAMES, VALUES), max_size=8)


@given(st.sampled_from(["7", "101", "x", "%20"]), QUERIES, st.sampled_from([None, "4", "x"]), st.booleans())
@settings(max_examples=300, deadline=None)
def test_it_answers_as_fastapi_does(number: str, query: list[tuple[str, str]], limit: str | None, refused: bool) -> None:
    headers = {**({"x-limit": limit} if limit else {}), **({"x-refused": "yes"} if refused else {})}
    untouched, ordered = (asyncio.run(_asked(app, f"/ü b/{number}", query, headers)) for app in APPS)
    assert ordered == untouched
    assert ordered[0] in (200, 403, 422)


def test_each_function_is_called_once_and_in_fastapis_order() -> None:
    answer = asyncio.run(_asked(APPS[1], "/name/1", [("needed", "x")], {}))
    assert (answer[0], answer[3]) == (200, ["first", "second", "other", "collected", "refusing", "endpoint"])


async def _gives() -> Any:
    yield 1


def _sync() -> int:
    return 1


@pytest.mark.parametrize(
    "parameter",
    [
        Annotated[int, Depends(_gives)],
        Annotated[int, Depends(_sync)],
        Annotated[str, Depends(_first, use_cache=False)],
        Annotated[int, Body()],
        BackgroundTasks,
        Response,
    ],
)
def test_what_only_fastapi_can_do_stays_with_it(parameter: Any) -> None:
    async def endpoint(value: Any) -> Response:
        return Response()

    endpoint.__annotations__.update(value=parameter)
    assert steps_of(APIRoute("/", endpoint, methods=["POST"])) is None


def test_a_value_that_fastapi_makes_an_answer_of_stays_with_it() -> None:
    async def endpoint() -> dict[str, int]:
        return {}

    assert steps_of(APIRoute("/", endpoint)) is None


def test_the_whole_tracker_is_served_so() -> None:
    routes = [route for router in routers() for route in router.routes if type(route) is APIRoute]
    left = {route.path for route in routes if steps_of(route) is None}
    assert left == set()
    assert len(routes) > 300
