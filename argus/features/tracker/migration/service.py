"""The page of the migration; what it shows and does is the gateway's console."""

from __future__ import annotations

from argus.lanes.page import Page


def page() -> Page:
    """Progress, owners, lanes side by side, differences, and the journal."""
    return Page("migration.html.j2", "Migration")
