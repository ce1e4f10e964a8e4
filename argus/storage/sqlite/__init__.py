"""The embedded engine."""

from argus.storage.sqlite.engine import SqliteEngine

__all__ = ["SqliteEngine"]
