"""Jira's REST API, as far as issues need it (integrations.md, "Jira"). Nothing is asked before an issue is wanted."""

from __future__ import annotations

import hashlib
import re
from typing import Any
from urllib.parse import urlsplit

import httpx

from argus.kit.errors import JiraServiceException
from argus.models.issue import IssueLabel, JiraIssue
from argus.runtime import Runtime

TIMEOUT = 15.0  # seconds


def parse_issue_url(runtime: Runtime, url: str) -> str:
    """The key of an issue of the configured server.

    Raises:
        KeyError: no server is configured.
        JiraServiceException: `URL doesn't match configured Jira server`.
    """
    host = urlsplit(_server(runtime)).hostname or ""
    found = re.match(rf"https?://{re.escape(host)}/browse/(?P<key>[A-Z]+-\d+)/?", url)
    if not found:
        raise JiraServiceException("URL doesn't match configured Jira server")
    return found["key"]


async def fetch_issue(runtime: Runtime, key: str) -> JiraIssue:
    """An issue as it is now, not yet stored.

    Raises:
        JiraServiceException: it is not there, not readable, or Jira is out of reach.
    """
    settings = runtime.settings
    server = _server(runtime).rstrip("/")
    credentials = httpx.BasicAuth(settings.JIRA_EMAIL or "", settings.JIRA_TOKEN or "")
    try:
        answer = await runtime.http.get(f"{server}/rest/api/2/issue/{key}", auth=credentials, timeout=TIMEOUT)
    except httpx.HTTPError as problem:
        raise JiraServiceException(f"Jira does not answer: {type(problem).__name__}") from problem
    if answer.status_code != 200:
        raise JiraServiceException(f"Jira answers {answer.status_code} for {key}")
    return JiraIssue(key=key, permalink=f"{server}/browse/{key}", **remote_fields(answer.json()["fields"]))


def remote_fields(fields: dict[str, Any]) -> dict[str, Any]:
    """The columns that follow the remote. An assignee may hide the address."""
    address = (fields.get("assignee") or {}).get("emailAddress")
    return {
        "state": fields["status"]["name"].lower(),
        "summary": fields.get("summary"),
        "project": (fields.get("project") or {}).get("key"),
        "labels": [IssueLabel(id=label_id(name), name=name, color="000", description="") for name in fields.get("labels") or []],
        "assignees": [address] if address else [],
    }


def label_id(name: str) -> int:
    """A label's number, which Jira itself does not have: the first 8 hex digits of its SHA-1."""
    return int(hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()[:8], 16)


def _server(runtime: Runtime) -> str:
    server = runtime.settings.JIRA_SERVER
    if not server:
        raise KeyError("JIRA_SERVER")
    return server
