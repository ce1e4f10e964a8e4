"""JUnit reports: a table of the suites and a table of the cases."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import ParseError

from argus.features.artefacts.extraction.processors.model import UNREADABLE, ExtractionError, Grid, Source
from argus.kit.junit import Report, read_junit

SUITES = ["suite", "tests", "passed", "failures", "errors", "skipped", "seconds"]
CASES = ["suite", "class", "case", "status", "seconds", "message"]


def read_junit_tables(source: Source) -> Iterator[Grid]:
    """Suites and cases, in the document's order."""
    try:
        report = read_junit(source.path.read_bytes())
    except ParseError as error:
        raise ExtractionError(UNREADABLE, f"the report cannot be read: {error}") from None
    except (KeyError, ValueError) as error:
        reason = "nothing in it has a name" if isinstance(error, KeyError) else error
        raise ExtractionError(UNREADABLE, f"the report cannot be read: {reason}") from None
    yield Grid("Suites", _suites(report), SUITES)
    yield Grid("Test cases", _cases(report), CASES)


def _suites(report: Report) -> Iterator[list[str]]:
    for suite in report.suites:
        counts = (suite.tests, suite.passed, suite.failures, suite.errors, suite.skipped)
        yield [suite.name, *map(str, counts), _number(suite.seconds)]


def _cases(report: Report) -> Iterator[list[str]]:
    for suite in report.suites:
        for case in suite.cases:
            yield [suite.name, case.classname, case.name, case.status, _number(case.seconds), case.message]


def _number(value: float) -> str:
    return repr(value).removesuffix(".0")
