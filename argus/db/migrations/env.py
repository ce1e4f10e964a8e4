"""Run by Alembic: over the connection that `argus.db.revisions` opened, in its transaction."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlalchemy import JSON

from argus.db.base import Moment
from argus.db.tables import metadata


def rendered(kind: str, thing: Any, _context: Any) -> str | Literal[False]:
    """Our own types by their names; a revision imports them."""
    if kind == "type" and isinstance(thing, Moment):
        return "Moment()"
    return "Json" if kind == "type" and isinstance(thing, JSON) else False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata(),
    compare_type=True,
    render_item=rendered,
    render_as_batch=True,  # SQLite alters a table by copying it
    transaction_per_migration=False,
)
context.run_migrations()
