"""xUnit documents of client drivers, as collections of suites (plugins.md, "Result XML → collection")."""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta
from xml.etree.ElementTree import Element, fromstring

from argus.kit.clock import now
from argus.kit.parse import iso_of
from argus.plugins.driver_matrix.model import TestCase, TestCollection, TestSuite

CPP_NAME = re.compile(r"TEST-(?P<driver>\w+)-[\d.]*")
OTHER_NAME = re.compile(r"\w+\.(?P<driver>\w+)\.v\d\.[\d.]*")


def driver_of(name: str, driver_type: str) -> str | None:
    """Whose driver the label of a result names: `scylla` of `TEST-scylla-2.16.2`; None when the label has another form."""
    found = (CPP_NAME if driver_type == "cpp" else OTHER_NAME).match(name)
    return found["driver"] if found else None


def collection_of(name: str, driver_type: str, document: bytes) -> TestCollection:
    """The results of one driver.

    Args:
        name: the label under which they were submitted.
        driver_type: `java`, `cpp`, `python`, `gocql` or another; it decides where the document says when it was made.

    Raises:
        ParseError: the document is not well-formed.
        KeyError, IndexError, TypeError, ValueError: an attribute is missing or no number.
    """
    root = fromstring(document)  # noqa: S314 expat refuses documents that blow up
    suites = [_suite(element) for element in root.iter("testsuite")]
    seconds = sum(suite.time or 0.0 for suite in suites) or max(_seconds(root.get("time", "0")), 0.0)
    return TestCollection(
        name=name,
        driver=driver_of(name, driver_type),
        timestamp=_made_at(root, driver_type),
        tests_total=sum(suite.tests_total or 0 for suite in suites),
        failures=sum(suite.failures or 0 for suite in suites),
        disabled=sum(suite.disabled or 0 for suite in suites),
        skipped=sum(suite.skipped or 0 for suite in suites),
        passed=sum(suite.passed or 0 for suite in suites),
        errors=sum(suite.errors or 0 for suite in suites),
        time=seconds,
        suites=suites,
    )


def _suite(element: Element) -> TestSuite:
    name, total = element.attrib["name"], int(element.get("tests", 0))
    failures, disabled, skipped, errors = (int(element.get(key, 0)) for key in ("failures", "disabled", "skipped", "errors"))
    passed = element.get("passed")
    return TestSuite(
        name=name,
        tests_total=total,
        failures=failures,
        disabled=disabled,
        skipped=skipped,
        errors=errors,
        passed=int(passed) if passed else total - errors - skipped - failures,
        time=float(element.get("time", 0)),
        cases=[_case(case) for case in element.findall("testcase")],
    )


def _case(element: Element) -> TestCase:
    status, message = "passed", ""
    if len(element):
        outcome = element[0]
        status, message = outcome.tag, f"{outcome.get('message', 'no-message')} ({outcome.get('type', 'no-type')})"
    return TestCase(
        name=element.attrib["name"],
        status=status,
        time=float(element.get("time", 0)),
        classname=element.get("classname", ""),
        message=message,
    )


def _made_at(root: Element, driver_type: str) -> datetime:
    if driver_type in ("python", "gocql"):
        return _time_of([*root.iter("testsuite")][0].get("timestamp"))  # noqa: RUF015 IndexError is what a document without suites gives
    if driver_type == "cpp":
        return _time_of(root.get("timestamp"))
    if driver_type == "java":
        return now() - timedelta(seconds=_seconds(root.get("time")))
    return now()


def _time_of(text: str | None) -> datetime:
    return iso_of(text and text.removesuffix("Z"))


def _seconds(text: str | None) -> float:
    try:
        seconds = float(text)  # type: ignore[arg-type]  # TypeError: there is no such attribute
    except ValueError:
        return 0.0
    return seconds if math.isfinite(seconds) else 0.0
