"""A plain WSGI application with the portal, for uWSGI.

On demand it makes a call at import, so that the master has used the portal before it forks.
"""

from __future__ import annotations

import os
import threading
from typing import Any

from strangler import portal


async def service() -> str:
    return f"{os.getpid()} {threading.current_thread().name}"


if os.environ.get("PORTAL_AT_IMPORT"):
    portal.current().call(service)


def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    if environ["PATH_INFO"] == "/die":
        os._exit(1)
    body = f"{os.getpid()} {portal.current().call(service)}".encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
