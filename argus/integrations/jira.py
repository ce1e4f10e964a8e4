"""Jira's REST API, as far as issues need it (docs/contract/integrations.md#jira). Nothing is asked before an issue is wanted."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from argus.integrations.remote import Remote, RemoteError, ask, basic_credentials, json_of
from argus.integrations.shapes import an_object, expecting
from argus.kit.errors import JiraServiceException, foreseen
from argus.models.issue import IssueLabel, JiraIssue
from argus.runtime import Runtime

JIRA = Remote("Jira")
PER_PAGE = 100  # issues
FIELDS = ("summary", "status", "project", "labels", "assignee")


def parse_issue_url(runtime: Runtime, url: str) -> str:
    """The key of an issue of the configured server.

    Raises:
        KeyError: no server is configured.
        JiraServiceException: `URL doesn't match configured Jira server`.
    """
    key = issue_key(_server(runtime), url)
    if key is None:
        raise JiraServiceException("URL doesn't match configured Jira server")
    return key


def is_issue(runtime: Runtime, url: str) -> bool:
    """Whether an address is that of an issue of the configured server, if there is one."""
    server = runtime.settings.JIRA_SERVER
    return bool(server) and issue_key(_server(runtime), url) is not None


def issue_key(server: str, url: str) -> str | None:
    """The key that an address names, below any path and on any port of the server; None when it is no issue of it."""
    place = urlsplit(server)
    port = f"(?::{place.port})?" if place.port else "(?::80|:443)?"  # links without the port have always been taken
    beginning = rf"(?i:https?://{re.escape(place.hostname or '')}){port}{re.escape(place.path)}"
    found = re.match(rf"{beginning}/browse/(?P<key>[A-Z][A-Z0-9_]*-[0-9]+)(?![A-Za-z0-9_-])", url)
    return found["key"] if found else None


def permalink(runtime: Runtime, key: str) -> str:
    """The address of an issue as it is stored.

    Raises:
        KeyError: no server is configured.
    """
    return f"{_server(runtime)}/browse/{key}"


async def fetch_issue(runtime: Runtime, key: str) -> JiraIssue:
    """An issue as it is now, not yet stored.

    Raises:
        JiraServiceException: it is not there, not readable, or Jira is out of reach.
    """
    found = await _get(runtime, f"issue/{key}")
    with expecting(JIRA, JiraServiceException):
        return JiraIssue(key=key, permalink=permalink(runtime, key), **remote_fields(found["fields"]))


async def updated_issues(runtime: Runtime, since: datetime) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """Issues of any project that changed since a moment: key, and the columns that follow the remote.

    Raises:
        JiraServiceException: Jira refuses, or is out of reach.
    """
    cloud = (await _get(runtime, "serverInfo")).get("deploymentType") == "Cloud"
    query: dict[str, Any] = {"jql": f'updated >= "{since:%Y-%m-%d %H:%M}"', "fields": ",".join(FIELDS), "maxResults": PER_PAGE}
    while True:
        page = await _get(runtime, "search/jql" if cloud else "search", **query)
        with expecting(JIRA, JiraServiceException):
            issues = page["issues"]
            read = [(str(issue["key"]), remote_fields(issue["fields"])) for issue in issues]
            if cloud:
                token = page.get("nextPageToken")
                more = bool(token) and token != query.get("nextPageToken")
                query["nextPageToken"] = token
            else:
                query["startAt"] = query.get("startAt", 0) + len(issues)
                more = bool(issues) and query["startAt"] < page.get("total", 0)
        for each in read:
            yield each
        if not more:
            return


async def _get(runtime: Runtime, path: str, **query: Any) -> dict[str, Any]:
    settings = runtime.settings
    headers = basic_credentials(settings.JIRA_EMAIL or "", settings.JIRA_TOKEN or "")
    try:
        answer = await ask(runtime, JIRA, "GET", f"{_server(runtime)}/rest/api/2/{path}", params=query, headers=headers)
        if answer.status_code != 200:
            raise JiraServiceException(f"Jira answers {answer.status_code} for {path.rpartition('/')[2]}")
        return an_object(JIRA, json_of(JIRA, answer), JiraServiceException)
    except RemoteError as problem:
        raise JiraServiceException(str(problem)) from problem


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
        raise foreseen(KeyError("JIRA_SERVER"))
    return server.rstrip("/")
