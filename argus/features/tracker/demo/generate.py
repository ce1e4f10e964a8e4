"""The whole story from a seed: the same seed and end give the same story."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from argus.features.tracker.demo import catalogue, cluster, jobs, triage
from argus.features.tracker.demo.catalogue import DRIVERS, GENERIC, JOBS, SCT, SIRENADA, Job
from argus.features.tracker.demo.story import Call, Run, Story, between

MAKERS = {SCT: cluster.make_run, GENERIC: jobs.make_pytest_run, DRIVERS: jobs.make_driver_run, SIRENADA: jobs.make_sirenada_run}


def generate(seed: int, end: datetime, runs: int) -> Story:
    """Demo data.

    Args:
        end: the present of the story; naive UTC.
        runs: of each test, the newest near `end`.
    """
    rng = random.Random(seed)  # noqa: S311
    stories: list[list[Call]] = []
    played: list[tuple[Job, Run]] = []
    for job in JOBS:
        calls: list[Call] = []
        for run in _history(rng, job, end, runs):
            calls += MAKERS[job.plugin](rng, run)
            played.append((job, run))
        stories.append(calls)
    begin = min(run.start for _, run in played) - timedelta(days=1)
    setup = [*catalogue.make_catalogue(begin), *triage.make_plans(begin)]
    return Story(catalogue.PEOPLE, catalogue.ISSUES, setup, stories, triage.make_triage(rng, played, end))


def _history(rng: random.Random, job: Job, end: datetime, amount: int) -> list[Run]:
    """The runs of a test, oldest first; what has not ended by `end` is still going on."""
    history, first_build = [], rng.randint(3, 240)
    for index in range(amount):
        age = timedelta(days=job.every) * (amount - 1 - index)
        start = end - age - between(rng, timedelta(minutes=15), timedelta(days=min(job.every, 2)))
        status = rng.choices(
            ("passed", "failed", "test_error", "aborted"),
            (job.health, (1 - job.health) * 0.8, (1 - job.health) * 0.15, (1 - job.health) * 0.05),
        )[0]
        if job.plugin != SCT and status != "passed":
            status = "failed"
        version = catalogue.version_at(job.release, start, end)
        if job.release == "drivers":
            version = catalogue.version_at("scylla-2025.4", start, end)
        history.append(cluster.new_run(rng, job.build_id, first_build + index, version, start, job.hours, status, end))
    return sorted(history, key=lambda run: run.number)
