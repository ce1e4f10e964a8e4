"""The relational database on both engines."""

from tests.postgres import postgres_server, url  # noqa: F401
