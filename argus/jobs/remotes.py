"""Jobs that ask other systems."""

from __future__ import annotations

from argus.features.tracker.issues.refresh import refresh_github, refresh_jira
from argus.features.tracker.jenkins.discovery import scan
from argus.kit.settings import Settings
from argus.runtime import Runtime


def has_mail(settings: Settings) -> bool:
    """Whether there is a server that takes mails."""
    return settings.EMAIL_ENABLED and bool(settings.EMAIL_SERVER)


def has_issues(settings: Settings) -> bool:
    """Whether there is anybody to ask about issues."""
    return _asks_github(settings) or _asks_jira(settings)


async def refresh_issues(runtime: Runtime) -> str | None:
    """Take over what changed in GitHub and in Jira. One of them failing does not keep the other from being asked."""
    told: list[str] = []
    problems: list[Exception] = []
    for name, asked, refresh in (
        ("GitHub", _asks_github(runtime.settings), refresh_github),
        ("Jira", _asks_jira(runtime.settings), refresh_jira),
    ):
        if not asked:
            continue
        try:
            changed = await refresh(runtime)
        except Exception as problem:
            problems.append(problem)
        else:
            told += [f"{changed} issues of {name} changed"] if changed else []
    if problems:
        raise problems[0]
    return ", ".join(told) or None


def has_jenkins(settings: Settings) -> bool:
    """Whether Jenkins can be asked."""
    return bool(settings.JENKINS_URL and settings.JENKINS_USER and settings.JENKINS_API_TOKEN)


async def scan_jenkins(runtime: Runtime) -> str | None:
    """Add releases, groups and tests for folders and jobs of Jenkins that the catalogue does not know."""
    found = await scan(runtime)
    if not (found.releases or found.groups or found.tests):
        return None
    return f"new: {found.releases} releases, {found.groups} groups, {found.tests} tests"


def _asks_github(settings: Settings) -> bool:
    return settings.GITHUB_ENABLED and bool(settings.GITHUB_ACCESS_TOKEN)


def _asks_jira(settings: Settings) -> bool:
    return settings.JIRA_ENABLED and bool(settings.JIRA_SERVER)
