"""Gateways over the pair, and clients of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from strangler import registry
from strangler.gateway import Gateway
from support.pair import REGISTRY, make_fastapi, make_flask


def make_gateway(**options: Any) -> Gateway:
    """A gateway over the pair; `flask_app`, `fastapi_app` and `source` may be given."""
    source = options.pop("source", registry.parse(REGISTRY))
    flask_app = options.pop("flask_app") if "flask_app" in options else make_flask()
    return Gateway(options.pop("fastapi_app", None) or make_fastapi(), flask_app, source, **options)


@asynccontextmanager
async def running(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a gateway whose lifespan runs."""
    gateway.portal.attach(asyncio.get_running_loop())
    transport = httpx.ASGITransport(app=gateway)
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://pair.test") as client:
            yield client
    finally:
        if gateway.bridge is not None:
            await gateway.bridge.close(2)
        await gateway.portal.detach()
