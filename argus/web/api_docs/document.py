"""The API's document, by OpenAPI 3.1: what FastAPI makes of the routes, and what it cannot know of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts
from pydantic.json_schema import models_json_schema

from argus.auth.session import COOKIE
from argus.lanes.fastapi import REQUEST_MODELS
from argus.platform.access import access_of
from argus.platform.route import ExtensionRoute
from argus.web.api_docs.examples import add_examples, add_nulls

CREDENTIALS: dict[str, Any] = {
    "api_key": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "`argk_…`, made by `POST /auth/api-keys`"},
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "Made by `POST /auth/token`"},
    "token": {"type": "apiKey", "in": "header", "name": "Authorization", "description": "`token <api token>`"},
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
}


def openapi(app: FastAPI) -> dict[str, Any]:
    """The document; made when it is first asked for.

    To what FastAPI makes of the routes come the models of bodies that routes read themselves, who callers are, and examples.
    """
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        components = document.setdefault("components", {})
        models = [(model, "validation") for model in sorted(REQUEST_MODELS, key=lambda m: m.__name__)]
        _, definitions = models_json_schema(models, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
        components.setdefault("schemas", {}).update(definitions.get("$defs", {}))
        components["securitySchemes"] = CREDENTIALS
        add_nulls(components["schemas"])
        document["security"] = [*({name: []} for name in CREDENTIALS), {}]
        for route, operation in extension_operations(app, document):
            public = access_of(route.endpoint).public
            operation["security"] = [] if public else [{name: []} for name in CREDENTIALS]
        for described in document["paths"].values():
            for operation in described.values():
                add_examples(operation, components["schemas"])
        app.openapi_schema = document
    return app.openapi_schema


def extension_operations(app: FastAPI, document: dict[str, Any]) -> Iterator[tuple[ExtensionRoute, dict[str, Any]]]:
    """Routes of extensions, each with what the document says of it."""
    for each in iter_route_contexts(app.routes):
        route = each.original_route
        if isinstance(route, ExtensionRoute) and route.include_in_schema:
            described = document["paths"].get(each.path, {})
            for method in sorted(each.methods or ()):
                if method.lower() in described:
                    yield route, described[method.lower()]
