"""JUnit documents of client drivers, as collections of suites (docs/contract/plugins.md#junit-documents-of-drivers)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from argus.kit.clock import now
from argus.kit.junit import Case, Report, Suite, read_junit
from argus.kit.parse import of_callers
from argus.plugins.driver_matrix.model import TestCase, TestCollection, TestSuite

CPP_NAME = re.compile(r"TEST-(?P<driver>\w+)-[\d.]*")
OTHER_NAME = re.compile(r"\w+\.(?P<driver>\w+)\.v\d\.[\d.]*")


def driver_of(name: str, driver_type: str) -> str | None:
    """Whose driver the label of a result names: `scylla` of `TEST-scylla-2.16.2`; None when the label has another form."""
    found = (CPP_NAME if driver_type == "cpp" else OTHER_NAME).match(name)
    return found["driver"] if found else None


@of_callers
def collection_of(name: str, driver_type: str, document: bytes) -> TestCollection:
    """The results of one driver.

    Args:
        name: the label under which they were submitted.
        driver_type: `java`, `cpp`, `python`, `gocql` or another; it decides where the document says when it was made.

    Raises:
        ParseError, KeyError, ValueError: as `read_junit`.
    """
    report = read_junit(document)
    suites = [_suite(suite) for suite in report.suites]
    return TestCollection(
        name=name,
        driver=driver_of(name, driver_type),
        timestamp=_made_at(report, driver_type),
        tests_total=sum(suite.tests for suite in report.suites),
        failures=sum(suite.failures for suite in report.suites),
        disabled=sum(suite.disabled for suite in report.suites),
        skipped=sum(suite.skipped for suite in report.suites),
        passed=sum(suite.passed for suite in report.suites),
        errors=sum(suite.errors for suite in report.suites),
        time=report.seconds,
        suites=suites,
    )


def _suite(suite: Suite) -> TestSuite:
    return TestSuite(
        name=suite.name,
        tests_total=suite.tests,
        failures=suite.failures,
        disabled=suite.disabled,
        skipped=suite.skipped,
        errors=suite.errors,
        passed=suite.passed,
        time=suite.seconds,
        cases=[_case(case) for case in suite.cases],
    )


def _case(case: Case) -> TestCase:
    return TestCase(name=case.name, status=case.status, time=case.seconds, classname=case.classname, message=case.message)


def _made_at(report: Report, driver_type: str) -> datetime:
    """When the tests ran: told by the document for some drivers; where it tells nothing, they ended now."""
    ended_now = now() - timedelta(seconds=report.root_seconds or report.seconds)
    if driver_type in ("python", "gocql"):
        return report.began_at or ended_now
    if driver_type == "cpp":
        return report.written_at or report.began_at or ended_now
    return ended_now if driver_type == "java" else now()
