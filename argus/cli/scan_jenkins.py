"""`argus scan-jenkins`"""

from __future__ import annotations

import typer

from argus.cli.runtimes import open_runtime
from argus.cli.terminal import Failure, note, run, say
from argus.features.tracker.jenkins.discovery import scan
from argus.integrations.jenkins import JenkinsException

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command("scan-jenkins")
def scan_jenkins() -> None:
    """Add releases, groups and tests for folders and jobs of Jenkins that the catalogue does not know. For cron."""
    run(_scan())


async def _scan() -> None:
    async with open_runtime() as runtime:
        note("Collecting new tests from jenkins")
        try:
            found = await scan(runtime)
        except KeyError as missing:
            raise Failure(f"{missing.args[0]} is not set") from missing
        except JenkinsException as problem:
            raise Failure(str(problem)) from problem
    say(f"Done. New: {found.releases} releases, {found.groups} groups, {found.tests} tests.")
