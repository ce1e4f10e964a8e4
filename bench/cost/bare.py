"""The yardstick: an application of one route."""

from __future__ import annotations

from fastapi import FastAPI, Response

app = FastAPI()


@app.get("/bare")
async def bare() -> Response:
    """The smallest answer that is still one."""
    return Response(b'{"response": "ok", "status": "ok"}\n', media_type="application/json")
