"""Pages around a run: documents, jobs, keys, workspaces. They hold no data of their own."""

from __future__ import annotations

from fastapi import APIRouter, Response

from argus.lanes.fastapi import LoggedIn, Shell
from argus.lanes.page import Page

router = APIRouter(tags=["screens"])


@router.get("/artifacts", summary="The page of documents")
async def artifacts(user: LoggedIn, shell: Shell) -> Response:
    return shell(Page("artifacts.html.j2", "Artifacts"))


@router.get("/artifacts/jobs", summary="The page of extraction jobs")
async def artifact_jobs(user: LoggedIn, shell: Shell) -> Response:
    return shell(Page("artifact_jobs.html.j2", "Extraction jobs"))


@router.get("/settings/api-keys", summary="The page of API keys")
async def api_keys(user: LoggedIn, shell: Shell) -> Response:
    return shell(Page("api_keys.html.j2", "API keys"))


@router.get("/settings/workspaces", summary="The page of workspaces")
async def workspaces(user: LoggedIn, shell: Shell) -> Response:
    return shell(Page("workspaces.html.j2", "Workspaces"))
