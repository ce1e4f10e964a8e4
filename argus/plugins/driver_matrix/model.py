"""Runs of a client driver's test suites against several versions."""

from __future__ import annotations

from datetime import datetime

from argus.models.run import RunBase
from argus.storage.table import Row
from argus.storage.types import Float32, Udt


class TestCase(Udt, name="test_case"):
    __test__ = False  # its name begins like a test class

    name: str | None = None
    status: str | None = None
    time: Float32 | None = None
    classname: str | None = None
    message: str | None = None


class TestSuite(Udt, name="test_suite"):
    __test__ = False

    name: str | None = None
    tests_total: int | None = 0
    failures: int | None = 0
    disabled: int | None = 0
    skipped: int | None = 0
    passed: int | None = 0
    errors: int | None = 0
    time: Float32 | None = None
    cases: list[TestCase] = []


class TestCollection(Udt, name="test_collection"):
    """The suites of one driver version; `name` is the label it was submitted under."""

    __test__ = False

    name: str | None = None
    driver: str | None = None
    tests_total: int | None = 0
    failure_message: str | None = None
    failures: int | None = 0
    disabled: int | None = 0
    skipped: int | None = 0
    passed: int | None = 0
    errors: int | None = 0
    timestamp: datetime | None = None
    time: Float32 | None = 0.0
    suites: list[TestSuite] = []


class EnvironmentInfo(Udt, name="environment_info"):
    key: str | None = None
    value: str | None = None


class DriverTestRun(RunBase, table="driver_test_run"):
    logs: list[tuple[str | None, str | None]] = []
    test_collection: list[TestCollection] = []
    environment_info: list[EnvironmentInfo] = []


MODELS: tuple[type[Row], ...] = (DriverTestRun,)
TYPES: tuple[type[Udt], ...] = (TestCollection, TestSuite, TestCase, EnvironmentInfo)
