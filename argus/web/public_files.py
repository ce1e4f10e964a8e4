"""Files that everybody may read, as FastAPI serves them: the built frontend, images, and what pages of the API's document are made of."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import IO

from fastapi import Request, Response
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from argus.kit.answer import HTML
from argus.kit.pools import FILES, Pool
from argus.kit.public_files import BLOCK, answer_file


class PublicFiles:
    """A directory whose files everybody may read, mounted."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    async def __call__(self, scope: Scope, receive: Receive, send_message: Send) -> None:
        await (await self._answer(scope))(scope, receive, send_message)

    async def _answer(self, scope: Scope) -> Response:
        allowed = {"Allow": "GET, HEAD, OPTIONS"}  # as everywhere (docs/contract/conventions.md#urls-and-methods)
        if scope["method"] == "OPTIONS":
            return Response(headers=allowed, media_type=HTML)
        if scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(405, headers=allowed)
        return await _file(scope, self.directory, scope["path"].removeprefix(scope.get("root_path", "")).lstrip("/"))


def public_file(directory: Path) -> Callable[[Request, str], Awaitable[Response]]:
    async def static(request: Request, filename: str) -> Response:
        """`/s/…`: the built frontend and images."""
        return await _file(request.scope, directory, filename)

    return static


async def _file(scope: Scope, directory: Path, name: str) -> Response:
    pool = scope["app"].state.runtime.pools.of(FILES)
    answer = await pool.run(answer_file, directory, name, scope["method"], Headers(scope=scope))
    if answer is None:
        raise HTTPException(404)
    if scope["method"] == "HEAD" or not answer.length:
        return Response(status_code=answer.status, headers=answer.headers)
    file = await pool.run(answer.open)
    return StreamingResponse(_blocks(pool, file), answer.status, answer.headers)


async def _blocks(pool: Pool, file: IO[bytes]) -> AsyncIterator[bytes]:
    try:
        while block := await pool.run(file.read, BLOCK):
            yield block
    finally:
        file.close()
