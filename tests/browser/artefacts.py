"""A workspace with a document, its job and its table, as the pages of the artefacts ask for them."""

from __future__ import annotations

from typing import Any

from tests.browser.site import USER

AT = "2026-11-29T10:00:00.000Z"
SPACE = {"workspace_id": "01JZ0000000000000000000001", "name": "2026.1 sign-off", "role": "owner", "is_default": True}
DOCUMENT: dict[str, Any] = {
    "document_id": "01JZ0000000000000000000002",
    "original_filename": "latency.pdf",
    "content_type": "application/pdf",
    "byte_size": 182_044,
    "document_type": None,
    "run_id": None,
    "produced_by_job_id": None,
    "created_by": USER["id"],
    "created_at": AT,
    "download_url": "/documents/01JZ0000000000000000000002/download",
}
JOB: dict[str, Any] = {
    "job_id": "01JZ0000000000000000000003",
    "document_id": DOCUMENT["document_id"],
    "configuration_version": 1,
    "status": "success",
    "attempt": 1,
    "created_by": USER["id"],
    "created_at": AT,
    "started_at": AT,
    "completed_at": AT,
    "duration_ms": 812,
    "metrics": {"tables": 1, "rows": 1},
    "logs": [],
    "error": None,
    "exports": [],
}
FAILED = {
    **JOB,
    "job_id": "01JZ0000000000000000000004",
    "status": "failed",
    "error": {"code": "unreadable", "message": "the PDF is damaged"},
}
COLUMNS = [{"name": "op", "type": "TEXT", "unit": ""}, {"name": "P99 read", "type": "FLOAT", "unit": "ms"}]
TABLE: dict[str, Any] = {
    "table_id": "01JZ0000000000000000000005",
    "job_id": JOB["job_id"],
    "sequence_index": 0,
    "title": "Write latencies",
    "row_count": 1,
    "columns": COLUMNS,
    "sample_rows": [],
    "metadata": {"page": 3, "issue_count": 2},
    "export": {"document_id": DOCUMENT["document_id"], "download_url": "/jobs/1/tables/1/export"},
    "published": [{"run_id": "r", "name": "write", "published_at": AT}],
}
KEY = {
    "api_key_id": "01JZ0000000000000000000006",
    "token_prefix": "7f3a9c21",
    "label": "nightly uploader",
    "scopes": ["documents:write"],
    "created_at": AT,
    "expires_at": None,
    "last_seen_at": AT,
    "revoked_at": None,
}


def _page(*items: Any) -> dict[str, Any]:
    return {"items": list(items), "next_cursor": None}


def answers() -> dict[str, Any]:
    """Answers by path."""
    member = {"user_id": USER["id"], "username": "alice", "role": "owner", "joined_at": AT}
    return {
        "/workspaces": _page(SPACE),
        f"/workspaces/{SPACE['workspace_id']}/members": _page(member),
        "/auth/api-keys": _page(KEY, {**KEY, "api_key_id": "2", "revoked_at": AT}),
        "/documents": _page(DOCUMENT, {**DOCUMENT, "document_id": "9", "original_filename": "latency-1.csv", "produced_by_job_id": "3"}),
        f"/documents/{DOCUMENT['document_id']}/tables": _page(TABLE),
        "/jobs": _page(JOB, FAILED),
        f"/jobs/{JOB['job_id']}/tables/{TABLE['table_id']}/rows": {
            "columns": COLUMNS,
            "items": [{"row_index": 0, "cells": ["insert", "4.2"]}],
            "next_cursor": None,
        },
    }
