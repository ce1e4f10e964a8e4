"""The page of the migration, served by Flask."""

from __future__ import annotations

from flask import Blueprint, Response

from argus.features.tracker.migration import service
from argus.lanes.flask import admin, show

blueprint = Blueprint("migration", __name__)


@blueprint.get("/admin/migration")
@admin
def migration() -> Response:
    return show(service.page())
