"""Every operation of an extension is described with examples, and each example of the document is as its schema says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from fastapi import FastAPI

from argus.web.api_docs.document import extension_operations, openapi
from argus.web.features import routers

Operations = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def app() -> FastAPI:
    """Every route, without a server around them."""
    app = FastAPI()
    for router in routers():
        app.router.routes.extend(router.routes)
    return app


@pytest.fixture(scope="module")
def operations(app: FastAPI) -> Operations:
    """All operations, by method and path."""
    return {f"{method.upper()} {path}": each for path, methods in openapi(app)["paths"].items() for method, each in methods.items()}


@pytest.fixture(scope="module")
def extensions(app: FastAPI, operations: Operations) -> Operations:
    """Those of the extensions; the deduper has routes of its own kind, as Flask serves them as well."""
    ids = {each["operationId"] for _, each in extension_operations(app, openapi(app))}
    found = {name: each for name, each in operations.items() if each["operationId"] in ids or "deduper" in each["tags"]}
    assert len(found) > 60
    return found


def placed(operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What has a schema: bodies, answers, parameters; with what it is called."""
    for kind, media in operation.get("requestBody", {}).get("content", {}).items():
        yield f"body {kind}", media
    for status, answer in operation["responses"].items():
        for kind, media in answer.get("content", {}).items():
            yield f"{status} {kind}", media
    for parameter in operation.get("parameters", []):
        yield f"{parameter['in']} {parameter['name']}", parameter


def examples(media: dict[str, Any]) -> list[Any]:
    return [media["example"]] if "example" in media else [each["value"] for each in media.get("examples", {}).values()]


def test_each_body_each_answer_and_each_path_of_an_extension_has_an_example(extensions: Operations) -> None:
    lacking = [
        f"{name}: {place}"
        for name, operation in extensions.items()
        for place, media in placed(operation)
        if not examples(media) and not place.startswith(("query", "header", "cookie"))
    ]
    assert lacking == []


def test_each_example_is_as_its_schema_says(app: FastAPI, operations: Operations) -> None:
    wrong, looked_at = [], 0
    components = openapi(app)["components"]
    for name, operation in operations.items():
        for place, media in placed(operation):
            for example in examples(media):
                looked_at += 1
                schema = {**media.get("schema", {}), "components": components}
                checker = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
                wrong += [f"{name}: {place}: {fault.message[:200]} at {fault.json_path}" for fault in checker.iter_errors(example)]
    assert wrong == []
    assert looked_at > 500


def test_no_example_of_an_extension_is_a_place_holder(extensions: Operations) -> None:
    told = [json.dumps(examples(media)) for operation in extensions.values() for _, media in placed(operation)]
    assert [text for text in told if '"string"' in text] == []


def test_each_operation_of_an_extension_says_what_it_is_about(extensions: Operations) -> None:
    lacking = [
        f"{name}: {key}"
        for name, operation in extensions.items()
        for key in ("summary", "description", "tags", "responses", "operationId")
        if not operation.get(key)
    ]
    assert lacking == []
