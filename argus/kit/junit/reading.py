"""A JUnit document, element by element."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import ParseError
from xml.sax.handler import ContentHandler

from argus.kit.junit.counts import count
from argus.kit.junit.model import Case, Report, Suite
from argus.kit.junit.outcomes import OUTPUT, TELLING, Child, outcome_of
from argus.kit.junit.values import commas_are_decimal, moment_of, seconds_of
from argus.kit.losses import lose
from argus.kit.safe_xml import parse
from argus.kit.xml_text import ReadableXml, readable_xml

MAX_BYTES = 64 * 1024 * 1024
MAX_DEPTH = 100  # elements inside each other
MAX_ELEMENTS = 2_000_000
MAX_CASES = 100_000
MAX_TEXT = 100_000  # characters of a name or a message

SUITES, SUITE, CASE = "testsuites", "testsuite", "testcase"


def read_junit(document: bytes | str) -> Report:
    """The suites and cases of a document.

    Raises:
        ParseError: it is not well-formed, defines entities, or is longer, deeper or larger than the bounds above.
        KeyError: nothing in it has a name or a case (`'name'`).
        ValueError: it is XML of another kind.
    """
    if len(document) > MAX_BYTES:
        raise ParseError(f"the document is longer than {MAX_BYTES} bytes")
    readable = readable_xml(document)
    reader = _Reader(readable)
    parse(readable, reader)
    return reader.report()


@dataclass(slots=True)
class _OpenCase:
    case: Case
    given: Mapping[str, str]
    children: list[Child] = field(default_factory=list)


class _Reader(ContentHandler):
    """Keeps suites and cases only, so that outputs of any length cost no memory.

    Names are compared without their prefix, and prefixes need not be declared: writers disagree about namespaces.
    """

    def __init__(self, readable: ReadableXml) -> None:
        super().__init__()
        self._restored = readable.restored
        self._path: list[str] = []
        self._elements = 0
        self._root: tuple[str, Mapping[str, str]] = ("", {})
        self._suites: list[Suite] = []
        self._open_suites: list[Suite] = []
        self._without_suite: Suite | None = None
        self._open_cases: list[_OpenCase] = []
        self._timed: list[tuple[Case, str]] = []

    def startElement(self, name: str, attrs: Any) -> None:
        self._elements += 1
        if len(self._path) >= MAX_DEPTH or self._elements > MAX_ELEMENTS:
            raise ParseError(f"the document has more than {MAX_DEPTH} elements inside each other, or more than {MAX_ELEMENTS} in all")
        tag = _local(name)
        inside = self._path[-1] if self._path else None
        self._path.append(tag)
        if inside is None:
            self._root = tag, self._attributes(attrs)
        if tag == SUITE:
            self._begin_suite(self._attributes(attrs))
        elif tag == CASE:
            self._begin_case(self._attributes(attrs))
        elif inside == CASE:
            self._open_cases[-1].children.append((tag, self._attributes(attrs) if tag in TELLING or tag == OUTPUT else {}))

    def endElement(self, name: str) -> None:
        tag = self._path.pop()
        if tag == SUITE:
            self._open_suites.pop()
        elif tag == CASE:
            ended = self._open_cases.pop()
            ended.case.status, ended.case.message = outcome_of(ended.given, ended.children)

    def _attributes(self, attrs: Any) -> dict[str, str]:
        found: dict[str, str] = {}
        for key, value in attrs.items():
            if ":" not in key or _local(key) not in found:
                found[_local(key)] = self._cut(self._restored(value))
        return found

    def _cut(self, text: str) -> str:
        if len(text) <= MAX_TEXT:
            return text
        lose(f"a text of {len(text)} characters is cut after {MAX_TEXT}: {text[:40]!r}")
        return text[:MAX_TEXT]

    def _begin_suite(self, given: dict[str, str]) -> None:
        suite = Suite(given.get("name", ""), given, self._open_suites[-1] if self._open_suites else None)
        self._suites.append(suite)
        self._open_suites.append(suite)

    def _begin_case(self, given: dict[str, str]) -> None:
        suite = self._open_suites[-1] if self._open_suites else self._suite_of_the_rest()
        if len(self._timed) >= MAX_CASES:
            raise ParseError(f"the document has more than {MAX_CASES} cases")
        if "name" not in given:
            lose(f"a case of suite {suite.name[:60]!r} has no name")
        case = Case(given.get("name", ""), given.get("classname", given.get("class", "")))
        suite.cases.append(case)
        self._timed.append((case, given.get("time", given.get("duration", ""))))
        self._open_cases.append(_OpenCase(case, given))

    def _suite_of_the_rest(self) -> Suite:
        """The suite of cases that stand in none."""
        if self._without_suite is None:
            root, given = self._root
            self._without_suite = Suite("" if root == CASE else given.get("name", ""), {})
            self._suites.append(self._without_suite)
        return self._without_suite

    def report(self) -> Report:
        """What was read, counted and timed."""
        root, given = self._root
        if not self._suites and root != SUITES:
            raise ValueError(f"the document is no JUnit report: neither suites nor cases in <{root[:40]}>")
        parents = {id(suite.parent) for suite in self._suites}
        kept = [suite for suite in self._suites if "name" in suite.given or suite.cases or id(suite) in parents]
        if self._suites and not kept:
            raise KeyError("name")
        if len(kept) < len(self._suites):
            lose("suites with neither a name nor a case")
        count(kept)
        of_root = _seconds(given.get("time", ""), False, "the document")
        seconds = self._timing(kept) or of_root or sum(case.seconds for case, _ in self._timed)
        written = moment_of(given.get("timestamp"))
        times = (moment_of(suite.given.get("timestamp")) for suite in self._suites)
        return Report(kept, seconds, of_root, written, next((time for time in times if time is not None), written))

    def _timing(self, suites: Sequence[Suite]) -> float:
        """Set the times of cases and suites; return that of the outer suites together."""
        stated = [suite.given.get("time", "") for suite in suites]
        comma = commas_are_decimal([*stated, *(text for _, text in self._timed)])
        for case, text in self._timed:
            case.seconds = _seconds(text, comma, f"case {case.name[:60]!r}")
        for suite, text in zip(suites, stated, strict=True):
            suite.seconds = _seconds(text, comma, f"suite {suite.name[:60]!r}")
        whole: dict[int, float] = {}
        for suite in reversed(suites):
            whole[id(suite)] = suite.seconds or whole.get(id(suite), 0.0)
            if suite.parent is not None:
                whole[id(suite.parent)] = whole.get(id(suite.parent), 0.0) + whole[id(suite)]
        return sum(whole[id(suite)] for suite in suites if suite.parent is None)


def _seconds(text: str, decimal_comma: bool, whose: str) -> float:
    found = seconds_of(text, decimal_comma)
    if found is None and text.strip():
        lose(f"{whose}: time={text[:40]!r} is no length of time")
    return found or 0.0


def _local(name: str) -> str:
    return name.rpartition(":")[2]
