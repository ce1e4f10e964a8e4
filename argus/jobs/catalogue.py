"""The jobs there are: what each does, when it is due, and how long a turn may take."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from argus.domain.outbox import Sending
from argus.features.deduper import upkeep
from argus.jobs import housekeeping, purging, remotes, runs
from argus.jobs.embedding import Settling
from argus.jobs.schedule import Daily, Every, Schedule
from argus.kit.settings import Settings
from argus.runtime import Runtime

Work = Callable[[Runtime], Awaitable[str | None]]
"""What a turn does; it returns what there is to tell of it, None when there was nothing to do."""


@dataclass(frozen=True)
class Job:
    """Periodic work that is done once in a cluster.

    Args:
        does: for people, as a sentence without subject.
        make: makes the work, once a process: work may remember something from turn to turn.
        limit_seconds: after which a turn is ended.
        needs: whether the settings have what it needs.
    """

    name: str
    does: str
    schedule: Schedule
    make: Callable[[], Work]
    limit_seconds: int
    needs: Callable[[Settings], bool] = lambda _: True


def jobs(settings: Settings) -> tuple[Job, ...]:
    """Every job, also those that are switched off."""
    return (
        Job("embedding", "makes new failures findable by similarity", Every(2), lambda: Settling().tell, 120),
        Job("mail", "sends mails that could not be sent at once", Every(10), lambda: Sending().turn, 280, remotes.has_mail),
        Job(
            "issues",
            "brings linked issues up to date with GitHub and Jira",
            Every(300),
            lambda: remotes.refresh_issues,
            280,
            remotes.has_issues,
        ),
        Job(
            "jenkins",
            "adds what Jenkins has and the catalogue has not",
            Every(3600),
            lambda: remotes.scan_jenkins,
            1800,
            remotes.has_jenkins,
        ),
        Job("stuck-runs", "ends runs that have been silent for 45 minutes", Every(300), lambda: runs.end_stuck, 280),
        Job("statistics", "computes statistics of large releases that have none stored", Every(300), lambda: runs.compute_statistics, 280),
        Job(
            "deduper",
            "removes superseded computations of the deduper",
            Every(3600),
            lambda: upkeep.clean,
            1800,
        ),
        Job(
            "housekeeping", "removes what nobody can reach any more", Daily(3, 10, settings.JOBS_TIMEZONE), lambda: housekeeping.clean, 1800
        ),
        Job("purge", "removes documents and files that nobody needs", Daily(3, 10), lambda: purging.ask, 280),
    )


def wanted(settings: Settings) -> tuple[Job, ...]:
    """The jobs that this installation does: all but those of `JOBS_DISABLED`, and those whose remote is not configured."""
    return tuple(job for job in jobs(settings) if job.name not in settings.JOBS_DISABLED and job.needs(settings))


def job_named(settings: Settings, name: str) -> Job:
    """A job by its name.

    Raises:
        LookupError: there is none; the text names those that there are.
    """
    for job in jobs(settings):
        if job.name == name:
            return job
    raise LookupError(f"there is no job {name!r}; there are {', '.join(job.name for job in jobs(settings))}")
