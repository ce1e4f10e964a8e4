"""A caller of the tracker, with what most cases begin with: a release, a run, a table of results."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

SCT = "scylla-cluster-tests"
DRIVERS = "driver-matrix-tests"
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Place:
    """A new test of a new group of a new release, by their ids, and its build id."""

    release: str
    release_name: str
    group: str
    test: str
    build: str


def strict_json(data: str | bytes) -> Any:
    """JSON as a browser reads it. Raises ValueError for what only Python takes."""

    def refuse(name: str) -> None:
        raise ValueError(f"{name} is no JSON")

    return json.loads(data, parse_constant=refuse)


class Tracker(httpx.Client):
    """Alice, who is an administrator, by token."""

    def __init__(self, url: str) -> None:
        super().__init__(base_url=url, headers={"Authorization": "token token-alice"}, timeout=30)

    def asked(self, method: str, path: str, body: Any = None) -> Any:
        """The whole envelope, whatever its status. A body is sent as JSON that Python writes (`NaN`, half surrogates)."""
        content = None if body is None else json.dumps(body)
        return self.request(method, path, content=content, headers=JSON if body is not None else None).json()

    def ok(self, method: str, path: str, body: Any = None) -> Any:
        """What an answer holds that must be good."""
        answer = self.asked(method, path, body)
        assert answer["status"] == "ok", answer
        return answer["response"]

    def place(self, plugin: str = "generic", name: str = "") -> Place:
        """A release with one group and one test."""
        name = name or f"case-{uuid4().hex[:10]}"
        release = self.ok("POST", "/admin/api/v1/release/create", {"release_name": name, "pretty_name": "", "perpetual": False})
        release_id = release["new_release"]["id"]
        group = {"group_name": "g", "pretty_name": "g", "build_system_id": f"{name}/g", "release_id": release_id}
        group_id = self.ok("POST", "/admin/api/v1/group/create", group)["new_group"]["id"]
        build = f"{name}/g/t"
        test = {
            "test_name": "t",
            "pretty_name": "t",
            "build_id": build,
            "build_url": f"https://jenkins.example/job/{build}",
            "group_id": group_id,
            "release_id": release_id,
            "plugin_name": plugin,
        }
        test_id = self.ok("POST", "/admin/api/v1/test/create", test)["new_test"]["id"]
        return Place(release_id, name, group_id, test_id, build)

    def generic_run(self, build: str, number: int = 1) -> str:
        run = str(uuid4())
        body = {"run_id": run, "build_id": build, "build_url": f"https://jenkins.example/job/{build}/{number}/", "started_by": "timer"}
        self.ok("POST", "/api/v1/client/testrun/generic/submit", body)
        return run

    def driver_run(self, build: str) -> str:
        run = str(uuid4())
        body = {"schema_version": "v2", "run_id": run, "job_name": build, "job_url": f"https://jenkins.example/job/{build}/1/"}
        self.ok("POST", f"/api/v1/client/testrun/{DRIVERS}/submit", body)
        return run

    def sct_run(self, build: str, number: int = 1) -> str:
        run = str(uuid4())
        body = {
            "schema_version": "v8",
            "run_id": run,
            "job_name": build,
            "job_url": f"https://jenkins.example/job/{build}/{number}/",
            "started_by": "timer",
            "commit_id": "abc",
            "origin_url": "https://github.com/a/b.git",
            "branch_name": "master",
            "sct_config": None,
        }
        self.ok("POST", f"/api/v1/client/testrun/{SCT}/submit", body)
        return run

    def package(self, run: str, version: str = "6.2.0", day: int = 1) -> None:
        """The version that a cluster run is about."""
        package = {"name": "scylla-server", "version": version, "date": f"202501{day:02}", "revision_id": "abcdef", "build_id": "x"}
        self.ok("POST", f"/api/v1/client/sct/{run}/packages/submit", {"schema_version": "v8", "packages": [package]})

    def driver_result(self, run: str, name: str, kind: str, xml: str | bytes) -> Any:
        """The answer to a driver's JUnit document."""
        raw = xml.encode() if isinstance(xml, str) else xml
        body = {"driver_type": kind, "driver_name": name, "raw_xml": base64.b64encode(raw).decode()}
        return self.asked("POST", "/api/v1/client/driver_matrix/result/submit", {"schema_version": "v2", "run_id": run, **body})

    def table(self, run: str, name: str, value: Any, column: str = "P99", moment: int = 0, **meta: Any) -> Any:
        """The answer to a table of one cell."""
        columns = [{"name": column, "unit": "ms", "type": "FLOAT", "higher_is_better": False, "visible": True}]
        described = {"name": name, "description": "d", "columns_meta": columns, "rows_meta": ["r"], "validation_rules": {}, **meta}
        cell = {"column": column, "row": "r", "status": "UNSET", "value": value}
        body = {"schema_version": "v8", "run_id": run, "meta": described, "results": [cell], "sut_timestamp": 1700000000 + moment}
        return self.asked("POST", f"/api/v1/client/testrun/{SCT}/{run}/submit_results", body)

    def view(self, *tests: str, name: str = "") -> Any:
        """A new view of some tests."""
        items = [f"test:{test}" for test in tests]
        body = {"name": name or f"view-{uuid4().hex[:8]}", "items": items, "settings": "[]", "description": "", "displayName": "x"}
        return self.ok("POST", "/api/v1/views/create", body)

    def graph_view(self, test: str, title: str) -> None:
        """A graph view of a test with one graph."""
        made = self.ok("POST", "/api/v1/create-graph-view", {"testId": test, "name": "v", "description": "d"})
        update = {"testId": test, "id": made["id"], "name": "v", "description": "d", "graphs": {title: "6"}}
        self.ok("POST", "/api/v1/update-graph-view", update)

    def pytest_result(self, run: str, name: str, **values: Any) -> Any:
        """The answer to one result of a pytest session."""
        now = time.time()
        result = {"name": name, "timestamp": now, "session_timestamp": now, "test_type": "dtest", "run_id": run, "status": "passed"}
        body = {"schema_version": "v8", **result, "duration": 2.0, "markers": [], "message": "", **values}
        return self.asked("POST", "/api/v1/client/testrun/pytest/result/submit", body)
