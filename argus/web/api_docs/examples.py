"""Examples of requests and answers, put together from those of the schemas: a field's own, else those of what it is made of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

MOMENT = "2026-03-01T10:00:00.000Z"
ULID = "01JZ8Q4T6V9X2B3C5D7F8G9H0J"
UUID = "c396f918-590b-4c87-8f73-cf64067b4d0a"
OF_FORMAT = {"date-time": MOMENT, "date": MOMENT[:10], "uuid": UUID}
OF_ARGUS = ("run_id", "test_id", "release_id", "group_id", "team_id", "user_id", "actor_id", "view_id")
"""Ids of what stands in Argus's own store."""


class NoExample(LookupError):
    """A schema says too little: what is called so needs an example of its own."""


def add_nulls(schemas: Mapping[str, dict[str, Any]]) -> None:
    """Give the schemas' own examples back their nulls: FastAPI leaves out every null of its document, also those of examples."""
    for schema in schemas.values():
        for example in [*schema.get("examples", []), schema.get("example")]:
            _add_nulls(example, schema, schemas)


def _add_nulls(example: Any, schema: Schema, schemas: Mapping[str, Schema]) -> None:
    if "$ref" in schema:
        _add_nulls(example, schemas[schema["$ref"].rpartition("/")[2]], schemas)
    elif isinstance(example, list):
        for each in example:
            _add_nulls(each, schema.get("items", {}), schemas)
    elif isinstance(example, dict):
        for name, each in schema.get("properties", {}).items():
            if name in example:
                _add_nulls(example[name], each, schemas)
            elif name in schema.get("required", ()) and {"type": "null"} in each.get("anyOf", ()):
                example[name] = None


def add_examples(operation: dict[str, Any], schemas: Mapping[str, Schema]) -> None:
    """Put an example into an operation's body, each of its answers and its parameters, where it has none and its schema tells enough."""
    for place in _places(operation):
        if "schema" in place and not {"example", "examples"} & place.keys():
            try:
                place["example"] = example_of(place["schema"], schemas, place.get("name", ""))
            except NoExample:
                continue  # tests/web/test_examples.py names what lacks one
    for parameter in operation.get("parameters", []):
        if parameter.get("example", "") is None:
            del parameter["example"]  # left out, where nothing has to be said


def _places(operation: dict[str, Any]) -> list[dict[str, Any]]:
    bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
    return [*operation.get("parameters", []), *(media for body in bodies for media in body.get("content", {}).values())]


def example_of(schema: Schema, schemas: Mapping[str, Schema], name: str = "") -> Any:
    """An example of a schema.

    Args:
        schemas: those that it may refer to.
        name: what it is called where it is used.

    Raises:
        NoExample
    """
    if "examples" in schema:
        return schema["examples"][0]
    for key in ("example", "const", "default"):
        if key in schema:
            return schema[key]
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rpartition("/")[2]], schemas, name)
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return None if {"type": "null"} in schema[key] else example_of(schema[key][0], schemas, name)
    if "enum" in schema:
        return schema["enum"][0]
    return _of_type(schema, schemas, name)


def _of_type(schema: Schema, schemas: Mapping[str, Schema], name: str) -> Any:
    kind = schema.get("type")
    if kind == "object":
        return {key: example_of(each, schemas, key) for key, each in schema.get("properties", {}).items()}
    if kind == "array":
        return [example_of(schema["items"], schemas, re.sub(r"s$", "", name))]
    if kind == "boolean":
        return False
    if kind == "string":
        return _text(schema, name)
    raise NoExample(name)


def _text(schema: Schema, name: str) -> str:
    if schema.get("format") in OF_FORMAT:
        return OF_FORMAT[schema["format"]]
    if name.endswith("_id"):
        return UUID if name in OF_ARGUS else ULID
    raise NoExample(name)
