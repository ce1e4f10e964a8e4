"""The FastAPI application: the same paths over the same service, one blueprint after the other."""

from __future__ import annotations

from typing import Any

import service
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

books = APIRouter(prefix="/books", tags=["books"])


class Lending(BaseModel):
    """Who borrows a book."""

    reader: str


@books.get("/")
async def index() -> list[dict[str, Any]]:
    return await service.books()


@books.get("/{number:int}")
async def show(number: int) -> dict[str, Any]:
    return await service.book(number)


@books.post("/{number:int}/reader")
async def lend(number: int, lending: Lending) -> dict[str, Any]:
    return await service.lend(number, lending.reader)


def create_app() -> FastAPI:
    """The application that will be all there is one day."""
    app = FastAPI(title="Library")
    app.include_router(books)

    @app.exception_handler(KeyError)
    async def missing(request: Request, error: Exception) -> JSONResponse:
        return JSONResponse({"error": "there is no such book"}, 404)

    @app.exception_handler(service.Lent)
    async def lent(request: Request, error: Exception) -> JSONResponse:
        return JSONResponse({"error": str(error)}, 409)

    return app
