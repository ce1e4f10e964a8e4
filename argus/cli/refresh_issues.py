"""`argus refresh-issues`"""

from __future__ import annotations

import typer

from argus.cli.runtimes import open_runtime
from argus.cli.terminal import Failure, note, run, say
from argus.features.tracker.issues.refresh import refresh_github, refresh_jira
from argus.kit.errors import JiraServiceException

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command("refresh-issues")
def refresh_issues() -> None:
    """Bring stored issues up to date with GitHub and Jira: what changed there since the last time. For cron."""
    run(_refresh())


async def _refresh() -> None:
    async with open_runtime() as runtime:
        settings = runtime.settings
        if settings.GITHUB_ACCESS_TOKEN:
            say(f"GitHub: {await refresh_github(runtime)} issues changed.")
        else:
            note("GitHub is left out: GITHUB_ACCESS_TOKEN is not set.")
        if not settings.JIRA_SERVER:
            note("Jira is left out: JIRA_SERVER is not set.")
            return
        try:
            say(f"Jira: {await refresh_jira(runtime)} issues changed.")
        except JiraServiceException as problem:
            raise Failure(str(problem)) from problem
