"""The one-shot form in which a whole matrix was once submitted (docs/contract/plugins.md#driver-matrix-runs)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from argus.kit.parse import iso_of
from argus.models.enums import TestStatus
from argus.plugins.driver_matrix.model import TestCase, TestCollection, TestSuite

CPP = re.compile(r"TEST-(?P<driver>\w+)-(?P<version>[\d.]+)")
GOCQL = re.compile(r"xunit\.(?P<driver>\w+)\.v\d\.(?P<version>[\d.]+)")
PYTHON = re.compile(r"pytest\.(?P<driver>\w+)\.v\d\.(?P<version>[\d.]+)")
JAVA = re.compile(r"TEST-(?P<version>[\w.-]+)")
RUST = re.compile(r"rust_results_v(?P<version>[\w.-]+)")


def collections_of(results: Sequence[Mapping[str, Any]]) -> list[TestCollection]:
    """The collections of a matrix.

    Raises:
        KeyError: a result, suite or case lacks a field.
        ValueError: a timestamp is none.
        ValidationError: a field has the wrong type.
    """
    return [_collection(result) for result in results]


def status_of(collections: Sequence[TestCollection]) -> TestStatus:
    """What became of the whole matrix."""
    drivers = {collection.driver for collection in collections}
    complete = len(collections) >= 2 and (len(drivers) > 1 or drivers == {"rust"})
    broken = any(collection.failure_message or collection.failures or collection.errors for collection in collections)
    return TestStatus.PASSED if complete and not broken else TestStatus.FAILED


def driver_in(name: str) -> str:
    """Whose driver a result's file name stands for: the forms of C++, Go, Python, Java and Rust, in this order."""
    for form in (CPP, GOCQL, PYTHON):
        if found := form.match(name):
            return found["driver"]
    if found := JAVA.match(name):
        version = found["version"].removesuffix(".xml")
        return "scylla" if len(version.split(".")) > 3 or "scylla" in version else "datastax"
    return "rust" if RUST.match(name) else "unknown_driver"


def _collection(result: Mapping[str, Any]) -> TestCollection:
    return TestCollection(
        name=result["name"],
        driver=driver_in(result["name"]),
        tests_total=result["tests"],
        failures=result["failures"],
        errors=result["errors"],
        skipped=result["skipped"],
        passed=result["passed"],
        disabled=result["disabled"],
        time=result["time"],
        timestamp=iso_of(result["timestamp"].removesuffix("Z")),
        suites=[_suite(suite) for suite in result["suites"]],
    )


def _suite(suite: Mapping[str, Any]) -> TestSuite:
    return TestSuite(
        name=suite["name"],
        tests_total=suite["tests_total"],
        failures=suite["failures"],
        disabled=suite["disabled"],
        skipped=suite["skipped"],
        passed=suite["passed"],
        errors=suite["errors"],
        time=suite["time"],
        cases=[TestCase(**{field: case.get(field) for field in TestCase.model_fields}) for case in suite["cases"]],
    )
