"""Alembic's environment, and the revisions below it."""
