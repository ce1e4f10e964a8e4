"""Whether a locked version has a known advisory: `python -m tests.advisories`.

All lock files, of Python and of the browser's part, are held against the open list of vulnerabilities (osv.dev, API v1). Ends with 1
where one is known, and with 0 after saying so where the list cannot be had.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx

from tests.environments import BLOCK, ROOT

LIST = "https://api.osv.dev/v1/querybatch"
PYTHON_LOCKS = ("requirements.lock", "requirements-dev.lock")
NPM_LOCK = "frontend/package-lock.json"
AT_ONCE = 500  # versions a question; the list takes a thousand
PATIENCE = 20.0  # seconds for an answer


class Version(NamedTuple):
    """One locked version, and which kind of package it is."""

    ecosystem: str
    name: str
    version: str


class Found(NamedTuple):
    """A locked version with the names of its advisories."""

    version: Version
    advisories: list[str]


def locked() -> list[Version]:
    """Every version that a lock file of the project names, once."""
    return sorted({*_of_python(), *_of_npm()})


def _of_python() -> Iterator[Version]:
    for name in PYTHON_LOCKS:
        for block in BLOCK.finditer((ROOT / name).read_text()):
            yield Version("PyPI", block[1], block[0].partition("==")[2].split()[0])


def _of_npm() -> Iterator[Version]:
    packages = json.loads((ROOT / NPM_LOCK).read_text())["packages"]
    for place, package in packages.items():
        if place:  # the first is the project itself
            yield Version("npm", place.rpartition("node_modules/")[2], package["version"])


def known(versions: list[Version], client: httpx.Client) -> list[Found]:
    """Those of some versions that have advisories.

    Raises:
        httpx.HTTPError: the list cannot be had.
    """
    found: list[Found] = []
    for start in range(0, len(versions), AT_ONCE):
        part = versions[start : start + AT_ONCE]
        answer = client.post(LIST, json={"queries": [_query(each) for each in part]}).raise_for_status().json()
        found += [Found(each, _names(told)) for each, told in zip(part, answer["results"], strict=True) if told.get("vulns")]
    return found


def _query(version: Version) -> dict[str, Any]:
    return {"package": {"ecosystem": version.ecosystem, "name": version.name}, "version": version.version}


def _names(told: dict[str, Any]) -> list[str]:
    return [str(each["id"]) for each in told["vulns"]]


def why_no_list() -> str:
    """Why the list cannot be had here; nothing when it can."""
    try:
        httpx.post(LIST, json={"queries": []}, timeout=PATIENCE).raise_for_status()
    except httpx.HTTPError as error:
        return f"the list of advisories cannot be had here ({type(error).__name__})"
    return ""


def main(client: httpx.Client) -> int:
    versions = locked()
    try:
        found = known(versions, client)
    except httpx.HTTPError as error:
        print(f"left out: the list of advisories cannot be had here ({type(error).__name__})")
        return 0
    for version, advisories in found:
        print(f"{version.ecosystem} {version.name} {version.version}: {', '.join(advisories)}")
    print(f"{len(versions)} locked versions, {len(found)} with advisories")
    return 1 if found else 0


if __name__ == "__main__":
    with httpx.Client(timeout=PATIENCE) as asked:
        sys.exit(main(asked))
