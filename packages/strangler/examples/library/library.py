"""Where servers enter: `uvicorn library:app` for both frameworks, any WSGI server with `library:flask_app` for Flask alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import legacy
import modern
from fastapi import HTTPException, Request
from fastapi.security import HTTPBasic

from strangler.console.app import Console
from strangler.gateway import Gateway

PASSWORD = os.environ.get("LIBRARY_PASSWORD", "")


async def librarian(request: Request) -> str | None:
    """Who may use the console: anybody who knows the password, by the name that they give; nobody while there is none."""
    told = await HTTPBasic()(request)
    if told is None or not PASSWORD or not secrets.compare_digest(told.password.encode(), PASSWORD.encode()):
        raise HTTPException(401, headers={"WWW-Authenticate": "Basic"})
    return told.username


flask_app = legacy.create_app()
fastapi_app = modern.create_app()
fastapi_app.mount("/migration", Console(librarian))
app = Gateway(fastapi_app, flask_app, Path(__file__).with_name("registry.yaml"), header_prefix="X-Library-")
