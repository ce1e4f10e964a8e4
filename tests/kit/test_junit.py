"""JUnit documents in the shapes of those who write them."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import Element, ParseError, SubElement, tostring

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from argus.kit import losses
from argus.kit.junit import Report, Suite, read_junit
from argus.kit.junit import reading as bounds
from argus.kit.junit.values import MOST_SECONDS, commas_are_decimal, count_of, moment_of, seconds_of
from argus.kit.xml_text import readable_xml


def cases(report: Report) -> list[tuple[str, str, str]]:
    return [(case.name, case.status, case.message) for suite in report.suites for case in suite.cases]


def counts(suite: Suite) -> tuple[int, ...]:
    return suite.tests, suite.passed, suite.failures, suite.errors, suite.skipped, suite.disabled


def of_suite(inner: str, attributes: str = "") -> Suite:
    (suite,) = read_junit(f'<testsuites><testsuite name="s" {attributes}>{inner}</testsuite></testsuites>').suites
    return suite


@pytest.mark.parametrize(
    ("inner", "status", "message"),
    [
        ("", "passed", ""),
        ("<system-out>x</system-out><system-err/>", "passed", ""),
        ('<properties><property name="a" value="b"/></properties><failure message="boom" type="E">x</failure>', "failure", "boom (E)"),
        ('<system-out/><error message="boom"/><system-err/>', "error", "boom (no-type)"),
        ("<failure>text</failure>", "failure", "no-message (no-type)"),
        ('<failure message="one"/><failure message="two"/>', "failure", "one (no-type)\ntwo (no-type)"),  # GoogleTest, Catch2
        ('<skipped message="why" type="pytest.skip"/><error message="teardown"/>', "error", "teardown (no-type)"),
        ("<skipped/>", "skipped", "no-message (no-type)"),
        ('<flakyFailure message="once" type="T"><stackTrace/></flakyFailure>', "passed", "once (T)"),  # surefire, nextest
        ('<failure message="a"/><rerunFailure message="b"/>', "failure", "a (no-type)"),
        ('<rerunError message="b"/>', "error", "b (no-type)"),
        ('<attachment><failure message="no child of the case"/></attachment>', "passed", ""),
        ('<j:failure xmlns:j="urn:j" message="m"/>', "failure", "m (no-type)"),
    ],
)
def test_the_outcome_of_a_case_stands_anywhere_inside_it(inner: str, status: str, message: str) -> None:
    suite = of_suite(f'<testcase classname="c" name="n">{inner}</testcase>')
    assert [(case.status, case.message) for case in suite.cases] == [(status, message)]


@pytest.mark.parametrize(
    ("attributes", "status"),
    [
        ('status="run" result="completed"', "passed"),
        ('status="notrun" result="suppressed"', "disabled"),  # GoogleTest's DISABLED_
        ('status="notrun"', "disabled"),
        ('status="run" result="skipped"', "skipped"),
        ('status="fail"', "failure"),  # CTest
        ('status="FAILED"', "failure"),
        ('status="errored"', "error"),
        ('executed="False"', "disabled"),
        ('status="anything"', "passed"),
    ],
)
def test_attributes_tell_what_no_element_does(attributes: str, status: str) -> None:
    assert of_suite(f'<testcase classname="c" name="n" {attributes}/>').cases[0].status == status


def test_an_output_alone_in_a_case_without_class_is_its_status_as_recorded() -> None:
    suite = of_suite('<testcase name="a"><system-out>x</system-out></testcase><testcase name="b"><properties/><system-out/></testcase>')
    assert [(case.status, case.message) for case in suite.cases] == [("system-out", "no-message (no-type)"), ("passed", "")]
    assert counts(suite) == (2, 2, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("attributes", "inner", "expected"),  # tests, passed, failures, errors, skipped, disabled
    [
        ("", "", (0, 0, 0, 0, 0, 0)),
        ("", '<testcase name="a"/><testcase name="b"><failure/></testcase>', (2, 1, 1, 0, 0, 0)),  # counts are absent
        ('tests="9" failures="2" errors="1" skipped="1"', "", (9, 5, 2, 1, 1, 0)),  # cases are absent
        ('tests="1"', '<testcase name="a"/><testcase name="a"><error/></testcase>', (2, 1, 0, 1, 0, 0)),  # too few, one name twice
        ('tests="2" failures="1"', '<testcase name="a"><error/></testcase><testcase name="b"/>', (2, 1, 0, 1, 0, 0)),  # mixed up
        ('tests="1" failures="1"', '<testcase name="a"/>', (1, 0, 1, 0, 0, 0)),  # no case shows the failure
        ('tests="1" failures="1" errors="1"', '<testcase name="a"><failure/></testcase>', (1, 0, 1, 1, 0, 0)),  # pytest's teardown
        ('tests="2" disabled="1"', '<testcase name="a"/><testcase name="b"/>', (2, 2, 0, 0, 0, 1)),
        ('tests="3" disabled="1"', '<testcase name="a"/>', (3, 2, 0, 0, 0, 1)),
        ('tests="many" failures="-1" skipped=""', '<testcase name="a"><skipped/></testcase>', (1, 0, 0, 0, 1, 0)),
        ('tests="1,234" skips="1,000"', "", (1234, 234, 0, 0, 1000, 0)),
        ('failures="3" passed="4"', "", (7, 4, 3, 0, 0, 0)),
        ('tests="5" passed="2"', "", (5, 2, 0, 0, 0, 0)),
        ('tests="5" passed="5" failures="2"', "", (5, 3, 2, 0, 0, 0)),
    ],
)
def test_counts_that_lie_or_are_absent_are_computed(attributes: str, inner: str, expected: tuple[int, ...]) -> None:
    assert counts(of_suite(inner, attributes)) == expected


def test_cases_stand_in_suites_or_in_none() -> None:
    (alone,) = read_junit('<testcase name="a" time="2"/>').suites
    assert (alone.name, counts(alone), alone.cases[0].seconds) == ("", (1, 1, 0, 0, 0, 0), 2)
    report = read_junit(
        '<testsuites name="r"><testcase name="a"/><testsuite name="s"><testcase name="b"/></testsuite><testcase name="c"/></testsuites>'
    )
    assert [(suite.name, [case.name for case in suite.cases]) for suite in report.suites] == [("r", ["a", "c"]), ("s", ["b"])]
    nested = '<testsuite name="a"><testsuite name="b"><testsuite name="c" tests="4"/><testcase name="x"/></testsuite></testsuite>'
    assert [(suite.name, suite.tests) for suite in read_junit(nested).suites] == [("a", 0), ("b", 1), ("c", 4)]


@pytest.mark.parametrize(
    ("document", "seconds"),
    [
        ('<testsuites time="9"><testsuite name="s" time="0"/></testsuites>', 9),
        ('<testsuites time="9"><testsuite name="s" time="2"/><testsuite name="t" time="3"/></testsuites>', 5),
        ('<testsuite name="o" time="3"><testsuite name="i" time="3"/></testsuite>', 3),
        ('<testsuite name="o"><testsuite name="i" time="3"/><testsuite name="j" time="3"/></testsuite>', 6),
        ('<testsuite name="s"><testcase name="a" time="1.5"/><testcase name="b" time="2"/></testsuite>', 3.5),
        ('<testsuite name="s" time="1,500"><testcase name="a" time="0,25"/></testsuite>', 1.5),  # the case tells what a comma is
        ('<testsuite name="s" time="1,500"><testcase name="a" time="0.25"/></testsuite>', 1500),
        ('<testsuite name="s" time="NaN"><testcase name="a" time="Infinity"/></testsuite>', 0),
    ],
)
def test_how_long_a_document_took(document: str, seconds: float) -> None:
    assert read_junit(document).seconds == seconds


@pytest.mark.parametrize(
    "document",
    [
        '<?xml version="1.0" encoding="UTF-16"?><testsuite name="s"><testcase name="ü😀"/></testsuite>'.encode("utf-16"),
        '<testsuite name="s"><testcase name="ü😀"/></testsuite>'.encode("utf-16-be"),
        '<?xml version="1.0" encoding="UTF-16"?><testsuite name="s"><testcase name="ü😀"/></testsuite>'.encode(),  # says what it is not
        b'\xef\xbb\xbf\n\n<?xml version="1.1" encoding="utf-8"?><testsuite name="s"><testcase name="\xc3\xbc&#128512;"/></testsuite>\0\n',
        b'<?xml version="1.0" encoding="iso-8859-1"?><testsuite name="s"><testcase name="\xfc&#x1F600;"/></testsuite>',
        b'<?xml version="1.0" encoding="windows-1252"?><testsuite name="s"><testcase name="\xfc&#55357;&#56832;"/></testsuite>',  # Xalan
        '<?xml version="1.0" encoding="GB18030"?><testsuite name="s"><testcase name="ü😀"/></testsuite>'.encode("gb18030"),
    ],
)
def test_encodings(document: bytes) -> None:
    assert cases(read_junit(document)) == [("ü😀", "passed", "")]


def test_characters_that_xml_does_not_know_are_kept_and_halves_replaced() -> None:
    case = '<testcase name="&#xD83D; \udc00 \uffff"><![CDATA[&#1;]]></testcase>'
    (suite,) = read_junit(f'<?xml version="1.1"?><testsuite name="\x01&#x1b;[31m&#0;">{case}</testsuite>').suites
    assert (suite.name, suite.cases[0].name) == ("\x01\x1b[31m\0", "\ufffd \ufffd \uffff")
    (suite,) = read_junit(b'<testsuite name="\xff"/>').suites
    assert suite.name == "\ufffd"


def test_what_stands_in_a_section_or_a_comment_is_no_reference() -> None:
    readable = readable_xml("<a b='&#x1b;'><![CDATA[&#x1b;&#60;]]><!-- &#1; --></a>")
    assert readable.restored(readable.text) == "<a b='\x1b'><![CDATA[&#x1b;&#60;]]><!-- &#1; --></a>"
    for unended in ("<![CDATA[", "<!--", "&#", "&#x"):
        assert readable_xml(f"<a>{unended * 100_000}&#27;").text  # in a moment, whatever is not ended


def test_a_private_character_of_the_document_stays_itself() -> None:
    text = f"<a b='{chr(0x10F01B)}&#x1b;'/>"
    readable = readable_xml(text)
    assert readable.restored(readable.text) == f"<a b='{chr(0x10F01B)}\x1b'/>"


def test_odd_documents_that_can_be_read() -> None:
    assert read_junit('<!DOCTYPE testsuites SYSTEM "http://127.0.0.1:1/junit.dtd"><testsuites/>').suites == []
    assert cases(read_junit('<testsuite xsi:schemaLocation="x" name="s"><j:testcase j:name="a" odd=""/></testsuite>')) == [
        ("a", "passed", "")
    ]


@pytest.mark.parametrize(
    ("document", "error"),
    [
        ("", ParseError),
        ("<testsuites>", ParseError),
        ('<!DOCTYPE x [<!ENTITY a "lol">]><testsuite name="&a;"/>', ParseError),
        ('<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><testsuite name="s">&a;</testsuite>', ParseError),
        ('<!DOCTYPE x [<!ENTITY % a SYSTEM "http://127.0.0.1:1/"> %a;]><testsuite name="s"/>', ParseError),
        ("<testsuite>" * 200_000, ParseError),
        ('<testsuites><testsuite tests="1"/></testsuites>', KeyError),
        ("<html><body/></html>", ValueError),
    ],
)
def test_what_is_refused_as_a_whole(document: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_junit(document)


def test_a_document_has_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    document = '<testsuite name="s"><testcase name="a"/><testcase name="b"><failure message="long"/></testcase></testsuite>'
    for name, value in (("MAX_BYTES", 50), ("MAX_DEPTH", 2), ("MAX_ELEMENTS", 3), ("MAX_CASES", 1)):
        with monkeypatch.context() as changed:
            changed.setattr(bounds, name, value)
            with pytest.raises(ParseError, match=r"more than|longer than"):
                read_junit(document)
    monkeypatch.setattr(bounds, "MAX_TEXT", 3)
    losses.begin()
    assert cases(read_junit(document))[1] == ("b", "failure", "lon (no-type)")
    assert losses.losses() == ["a text of 4 characters is cut after 3: 'long'"]


def test_what_cannot_be_kept_is_named_and_takes_nothing_along() -> None:
    losses.begin()
    report = read_junit('<testsuite name="s" tests="x"><testcase time="soon"/><testcase name="a" time="1"/></testsuite>')
    assert cases(report) == [("", "passed", ""), ("a", "passed", "")]
    assert losses.losses() == [
        "a case of suite 's' has no name",
        "suite 's': tests='x' is no number",
        "case '': time='soon' is no length of time",
    ]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1.5", 1.5), ("2,120.532", 2120.532), ("1,234", 1234), ("1,234,567.8", 1234567.8), ("0,123", 0.123), ("12,5", 12.5),
        ("1.234,5", 1234.5), ("1.234.567,8", 1234567.8), ("1 234,5", 1234.5), ("1\u202f234,5", 1234.5), ("1'234.5", 1234.5),
        ("1e-05", 1e-05), ("1.5E-4", 1.5e-4), ("12ms", 0.012), ("1.5 s", 1.5), ("0:01:02.5", 62.5), ("١٫٥", 1.5), (" 2 ", 2), (".5", 0.5),
        ("", None), (None, None), ("NaN", None), ("Infinity", None), ("-inf", None), ("1e400", None), ("-1", None), ("soon", None),
        ("9" * 100, None), ("1e39", None), ("0x10", None), (",", None),
    ],
)  # fmt: skip
def test_times(text: str | None, seconds: float | None) -> None:
    found = seconds_of(text)
    assert found == (None if seconds is None else pytest.approx(seconds))


def test_what_a_comma_is_depends_on_the_document() -> None:
    assert commas_are_decimal(["1,234", "0,5"])
    assert not commas_are_decimal(["1,234", "1,234.5", "12"])
    assert seconds_of("1,234", decimal_comma=True) == 1.234


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-01-02T03:04:05", "2025-01-02T03:04:05"),
        ("2025-01-02T03:04:05.123456789Z", "2025-01-02T03:04:05.123456"),
        ("2025-01-02T03:04:05+02:00", "2025-01-02T01:04:05"),
        ("2025-01-02 03:04:05", "2025-01-02T03:04:05"),
        ("2025-01-02T03:04:05,5", "2025-01-02T03:04:05.5"),
        ("2025-1-2T3:4:5", "2025-01-02T03:04:05"),
        ("1735787045", "2025-01-02T03:04:05"),
        ("1735787045000", "2025-01-02T03:04:05"),
        ("Thu, 02 Jan 2025 03:04:05 GMT", "2025-01-02T03:04:05"),
        ("Thu Jan  2 03:04:05 2025", "2025-01-02T03:04:05"),
        ("Thu Jan 02 03:04:05 UTC 2025", "2025-01-02T03:04:05"),
        ("02.01.2025 03:04:05", "2025-01-02T03:04:05"),
        ("0001-01-01T00:00:00", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("nan", None), ("1e300", None), ("yesterday", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_moments(text: str | None, moment: str | None) -> None:
    assert moment_of(text) == (moment and datetime.fromisoformat(moment))


RESULTS: dict[str, Any] = {"failure": Failure, "error": Error, "skipped": Skipped}
XML_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"), max_size=20)
ONE_CASE = st.tuples(XML_TEXT, XML_TEXT, st.floats(0, 1e6), st.sampled_from(["passed", *RESULTS]), XML_TEXT)


@given(st.lists(st.tuples(XML_TEXT, st.lists(ONE_CASE, max_size=5)), min_size=1, max_size=4))
def test_what_junitparser_writes_is_read_back(suites: list[tuple[str, list[tuple[str, str, float, str, str]]]]) -> None:
    document = JUnitXml()
    suites = [(f"{number}{name}", found) for number, (name, found) in enumerate(suites)]  # it merges suites that look alike
    for name, found in suites:
        suite = TestSuite(name)
        for case_name, classname, seconds, status, message in found:
            case = TestCase(case_name, classname, seconds)
            if status in RESULTS:
                case.result = [RESULTS[status](message, "T")]
            suite.add_testcase(case)
        document.add_testsuite(suite)
    report = read_junit(document.tostring())
    assert [suite.name for suite in report.suites] == [name for name, _ in suites]
    for read, (_, found) in zip(report.suites, suites, strict=True):
        assert [(c.name, c.classname, c.status) for c in read.cases] == [(n, k, s) for n, k, _, s, _ in found]
        assert [c.seconds for c in read.cases] == pytest.approx([t for _, _, t, _, _ in found], abs=1e-3)
        assert (read.tests, read.failures + read.errors + read.skipped + read.passed) == (len(found), len(found))


TAGS = ["testsuites", "testsuite", "testcase", "failure", "error", "skipped", "properties", "system-out", "flakyFailure", "odd"]
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["name", "classname", "tests", "failures", "errors", "skipped", "disabled", "passed", "time", "status", "result"]),
    st.one_of(st.integers(-5, 10**12).map(str), st.floats().map(str), XML_TEXT, st.sampled_from(["notrun", "failed", "1,5", "2,345.6"])),
    max_size=6,
)


@st.composite
def trees(draw: st.DrawFn) -> bytes:
    root = Element(draw(st.sampled_from(TAGS[:3])), {"name": "r"})
    elements = [root]
    for _ in range(draw(st.integers(0, 12))):
        elements.append(SubElement(draw(st.sampled_from(elements)), draw(st.sampled_from(TAGS)), draw(ATTRIBUTES)))
    return tostring(root)


@given(trees())
@example(b'<testsuites name="r"><testsuite tests="99999999999"/></testsuites>')
def test_any_tree_gives_counts_and_times_that_can_be_stored(document: bytes) -> None:
    try:
        report = read_junit(document)
    except KeyError:
        return
    seen = document.count(b"<testcase")
    assert sum(len(suite.cases) for suite in report.suites) == seen
    assert sum(suite.tests for suite in report.suites) >= seen
    for suite in report.suites:
        assert all(0 <= number < 2**31 for number in counts(suite))
        assert suite.passed <= suite.tests
        assert all(0 <= case.seconds <= MOST_SECONDS for case in suite.cases)
    assert math.isfinite(report.seconds)


@given(st.one_of(st.text(max_size=50), st.floats().map(str), st.from_regex(r"[\d., ']{1,20}", fullmatch=True)))
def test_no_text_is_too_odd_for_a_number(text: str) -> None:
    seconds, number = seconds_of(text), count_of(text)
    assert seconds is None or 0 <= seconds <= MOST_SECONDS
    assert number is None or 0 <= number < 2**31
    moment_of(text)


@given(st.binary(max_size=200))
def test_no_bytes_are_too_odd_to_be_refused(document: bytes) -> None:
    with pytest.raises((ParseError, ValueError, KeyError)):
        read_junit(document)
