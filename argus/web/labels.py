"""What metrics say of a caller: the reference's rules for label values (docs/contract/conventions.md#labels-of-metrics)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

UNKNOWN = "unknown"
LONGEST_BUILD_ID = 256
LONGEST_BUILD_URL = 1024  # longer ones are no address of a build and would only fill the memory of whoever scrapes

_VERSION = re.compile(r"\d{1,4}(?:\.\d{1,5}){0,3}(?:[.+-][\w.+-]{1,32})?")
_BRANCH = re.compile(r"[\w.-]{1,64}")
_NUMBER = re.compile(r"#\d+\Z")


class Caller(NamedTuple):
    """What the headers of a request say of who sent it; every value is a label."""

    ssh_tunnel: str
    tunnel_established: str
    build_id: str
    build_url: str
    job_name: str
    branch: str
    client_version: str
    user_agent_category: str


def caller(headers: Mapping[str, str]) -> Caller:
    """The labels of a request's headers, whose names are in lower case."""
    build = build_id(headers.get("x-argus-build-id", ""))
    job = _NUMBER.sub("", build)
    url = headers.get("x-argus-build-url", "")
    return Caller(
        ssh_tunnel="yes" if headers.get("x-ssh-tunnel-origin") else "no",
        tunnel_established="yes" if headers.get("x-tunnel-established-at") else "no",
        build_id=build,
        build_url=url if len(url) <= LONGEST_BUILD_URL else "",
        job_name=job,
        branch=branch(job),
        client_version=client_version(headers.get("x-argus-client-version", "")),
        user_agent_category=user_agent_category(headers.get("user-agent", "")),
    )


HEADERS = frozenset(
    {
        "user-agent",
        "x-argus-build-id",
        "x-argus-build-url",
        "x-argus-client-version",
        "x-ssh-tunnel-origin",
        "x-tunnel-established-at",
    }
)
"""The headers that `caller` reads."""

HEADERS_OF_ANYBODY = frozenset({"user-agent", "x-ssh-tunnel-origin", "x-tunnel-established-at"})
"""Those whose labels have a handful of values, whatever is sent."""


def build_id(header: str) -> str:
    """`<job>#<number>` of the build that calls."""
    trimmed = header.strip()
    return trimmed if trimmed and len(trimmed) <= LONGEST_BUILD_ID else UNKNOWN


def branch(job_name: str) -> str:
    """The first folder of a job's name."""
    first = job_name.split("/", 1)[0]
    return first if _BRANCH.fullmatch(first) else UNKNOWN


def client_version(header: str) -> str:
    """The version of the client, where it looks like one."""
    trimmed = header.strip()
    return trimmed if trimmed and _VERSION.fullmatch(trimmed) else UNKNOWN


def user_agent_category(agent: str) -> str:
    """Which kind of program calls; the first rule that holds counts."""
    if not agent:
        return UNKNOWN
    if "argus-client-ssh-tunnel" in agent:
        return "argus-client-tunnel"
    if agent.startswith(("python-requests", "python-urllib")):
        return "argus-client"
    if agent.startswith("Go-http-client"):
        return "argus-cli-go"
    if "Mozilla" in agent:
        return "browser"
    return "curl" if "curl" in agent else "other"
