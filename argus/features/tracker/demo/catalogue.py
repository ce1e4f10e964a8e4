"""Who works on what: people, releases, groups, tests, and the versions that were tested in the last weeks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from argus.features.tracker.demo.story import Call, Issue, Person

SCT, DRIVERS, GENERIC, SIRENADA = "scylla-cluster-tests", "driver-matrix-tests", "generic", "sirenada"

PEOPLE = (
    Person("dana", "Dana Levin", ("ROLE_ADMIN", "ROLE_MANAGER")),
    Person("piotr", "Piotr Nowak", ("ROLE_MANAGER",)),
    Person("mei", "Mei Tanaka"),
    Person("lucas", "Lucas Ferreira"),
    Person("asha", "Asha Raman"),
    Person("jenkins", "Jenkins"),
)
ADMIN, MANAGER, ROBOT = "dana", "piotr", "jenkins"
ENGINEERS = ("mei", "lucas", "asha")

ISSUES = (
    Issue(
        "scylladb",
        21871,
        "Raft: group 0 read barrier times out during rolling restart",
        "open",
        (("area/raft", "5319e7"), ("P1", "b60205")),
    ),
    Issue("scylladb", 22014, "Reactor stall of 480 ms in compaction_manager::update_history", "open", (("area/compaction", "0e8a16"),)),
    Issue(
        "scylladb",
        21390,
        "Repair fails with 'too many open files' on tablets keyspace",
        "closed",
        (("area/repair", "fbca04"), ("tablets", "1d76db")),
    ),
    Issue("scylla-cluster-tests", 9512, "Nemesis: decommission waits for a node that is gone", "open", (("Bug", "d73a4a"),)),
    Issue("python-driver", 418, "Connection pool is not refilled after a node was replaced", "open", (("bug", "d73a4a"),)),
)


@dataclass(frozen=True, slots=True)
class Job:
    """A test of the catalogue. `hours`: how long a run takes; `health`: the share of runs that pass; `every`: days between two."""

    release: str
    group: str
    name: str
    plugin: str
    hours: float
    health: float
    every: float = 3.0

    @property
    def build_id(self) -> str:
        return f"{self.release}/{self.group}/{self.name}"

    @property
    def key(self) -> str:
        return f"test:{self.build_id}"


RELEASES = {"scylla-master": "Scylla master", "scylla-2025.4": "Scylla 2025.4", "drivers": "Client drivers"}
GROUPS = {
    "longevity": "Longevity",
    "performance": "Performance regression",
    "upgrade": "Rolling upgrade",
    "gemini": "Gemini",
    "artifacts": "Artifacts",
    "dtest": "dtest",
    "ui": "Scylla Cloud UI",
    "matrix": "Driver matrix",
}


def _scylla(release: str) -> list[Job]:
    return [
        Job(release, "longevity", "longevity-10gb-3h-test", SCT, 3.4, 0.75),
        Job(release, "longevity", "longevity-100gb-4h-test", SCT, 4.6, 0.7),
        Job(release, "longevity", "longevity-50gb-3days-tablets-test", SCT, 73, 0.5, every=9),
        Job(release, "longevity", "longevity-multidc-rack-aware-test", SCT, 6.2, 0.6),
        Job(release, "performance", "perf-regression-latency-650gb-with-nemesis", SCT, 9.5, 0.7, every=4),
        Job(release, "performance", "perf-regression-predefined-throughput-steps", SCT, 5.5, 0.8, every=4),
        Job(release, "upgrade", "rolling-upgrade-ubuntu2404-test", SCT, 2.1, 0.8),
        Job(release, "upgrade", "rolling-upgrade-rocky9-test", SCT, 2.2, 0.85),
        Job(release, "gemini", "gemini-1tb-10h-test", SCT, 10.5, 0.8, every=5),
        Job(release, "artifacts", "artifacts-debian12-test", SCT, 0.4, 0.95),
        Job(release, "artifacts", "artifacts-ami-arm64-test", SCT, 0.5, 0.9),
        Job(release, "dtest", "dtest-release", GENERIC, 2.5, 0.5, every=2),
        Job(release, "dtest", "dtest-debug-raft", GENERIC, 3.5, 0.4, every=4),
    ]


JOBS: tuple[Job, ...] = (
    *_scylla("scylla-master"),
    *_scylla("scylla-2025.4"),
    Job("scylla-2025.4", "ui", "cloud-cluster-create-test", SIRENADA, 0.6, 0.7, every=2),
    Job("drivers", "matrix", "python-driver-matrix-test", DRIVERS, 1.2, 0.7, every=2),
    Job("drivers", "matrix", "gocql-driver-matrix-test", DRIVERS, 0.9, 0.8, every=2),
    Job("drivers", "matrix", "cpp-driver-matrix-test", DRIVERS, 0.7, 0.85, every=4),
)


def version_at(release: str, moment: datetime, end: datetime) -> str:
    """The version that was tested at a moment: release candidates follow each other, master goes on."""
    weeks = int((end - moment) / timedelta(weeks=1))
    if release == "scylla-2025.4":
        return ("2025.4.1", "2025.4.0", "2025.4.0~rc3", "2025.4.0~rc2", "2025.4.0~rc1")[min(weeks, 4)]
    return "2026.1.0~dev" if weeks < 3 else "2025.5.0~dev"


def make_catalogue(start: datetime) -> list[Call]:
    """Releases, their groups and tests, as an administrator makes them."""
    calls = []
    for name, pretty in RELEASES.items():
        body = {"release_name": name, "pretty_name": pretty, "perpetual": name != "scylla-2025.4"}
        calls.append(Call(start, ADMIN, "/admin/api/v1/release/create", body, {f"release:{name}": "new_release.id"}))
    for release, group in dict.fromkeys((job.release, job.group) for job in JOBS):
        body = {
            "group_name": group,
            "pretty_name": GROUPS[group],
            "build_system_id": f"{release}/{group}",
            "release_id": f"${{release:{release}}}",
        }
        calls.append(Call(start, ADMIN, "/admin/api/v1/group/create", body, {f"group:{release}/{group}": "new_group.id"}))
    for job in JOBS:
        body = {
            "test_name": job.name,
            "pretty_name": "",
            "build_id": job.build_id,
            "build_url": f"https://jenkins.example.com/job/{job.build_id.replace('/', '/job/')}",
            "group_id": f"${{group:{job.release}/{job.group}}}",
            "release_id": f"${{release:{job.release}}}",
            "plugin_name": job.plugin,
        }
        calls.append(Call(start, ADMIN, "/admin/api/v1/test/create", body, {job.key: "new_test.id"}))
    return calls
