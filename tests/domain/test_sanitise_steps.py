"""Steps that are left out where a text has no use for them change nothing: the same as the plain form of every step."""

from __future__ import annotations

import re
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from argus.domain.sanitise import _HEX, CORE_DUMP_FIELDS, _backtrace, _short_words, sanitise


def _sub(pattern: str, replacement: str = "", count: int = 0) -> Callable[[str], str]:
    return lambda text: re.sub(pattern, replacement, text, count=count)


_timestamps = _sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d_\d{3}\+\d\d:\d\d")

PLAIN: tuple[Callable[[str], str], ...] = (
    _sub(r"\A([^ ]* )[^(]*\(", r"\1"),  # the preface before the type of the event
    _timestamps,
    _sub(r"Severity\.(?:ERROR|CRITICAL|WARNING|INFO)\)"),
    _sub(r"period_type=\S+"),
    _sub(r"(?:target_)?node=Node\s+[A-Za-z0-9_.-]+\s*\[[^\]]*\]"),
    _sub(r"node=[A-Za-z0-9_.-]+\s*\[[^\]]*\]"),
    _sub(r"executable=/[A-Za-z0-9_/]+\s+executable_version=[\d.]"),
    _sub(r"line_number[=:\s]*\d+"),
    _sub(rf"(?:event_id=)?{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}", "ID"),
    _sub(r"\b(?:\d{1,3}\.){3}\d{1,3}\b", "IP"),
    _sub(rf"\b(?:{_HEX}{{1,4}}:){{7}}{_HEX}{{1,4}}\b", "IP"),
    _sub(rf"\b{_HEX}{{1,4}}(?::{_HEX}{{1,4}})*::{_HEX}{{1,4}}(?::{_HEX}{{1,4}})*\b", "IP"),
    _sub(r"(?:corefile_url=|download_instructions:)\s*https?://\S+", "URL"),
    _sub(r"gsutil cp gs://\S+", "URL"),
    _sub(rf"(?:{'|'.join(CORE_DUMP_FIELDS)}):.*"),
    _backtrace,
    _sub(r"Module .*? from rpm .*"),
    _sub(r"message[ =]"),
    _sub(r"Please report: at .*\n?"),
    _sub(rf"\([^()]* \+ 0x{_HEX}+\)"),
    _sub(r"\[scylla\[\d+\]\]:?"),
    _sub(rf"0x{_HEX}+"),
    _sub(r'File "[^"]*", line \d+, in (\S+)\s*', r"in \1 "),
    _sub(r"Traceback \(most recent call last\):", "TB "),
    _sub(r"Stack trace of thread \d+:", "Stack:"),
    _sub(r"\((\w+)\)", r"\1"),
    _sub(r"\((\w+(?:\.\w+)+\) *\(\))", r"\1"),
    _sub("=", " "),
    _sub("['\"]"),
    _sub(r"\\n", " "),
    _sub(r"\\"),
    _short_words,
    _sub(r"(?:[Nn]ode )?[A-Za-z0-9_-]+-(db|loader|monitor)-node-[A-Za-z0-9_-]+\d+", r"\1"),
    _sub(r"[^\s\[(:]*/scylla/data/[^\s\])]*", "DATA"),
    _sub(r"[^\s\[(:]*/scylla-cluster-tests/[^\s\])]*", "SCT"),
    _sub(r"\b(\w+)(?:\s+\1)+", r"\1"),
    _sub(r"(\w+)\.(\w+)", r"\1_\2"),
    _timestamps,
    _sub(r"[|\[\]:,]", " "),
    lambda text: " ".join(text.split()),
)

PARTS = (
    ".", "a", "b.c", "a.b.c.d",
    "::", "1.2.3.4", "node=", "target_node=Node ", "Node ", "Severity.ERROR)", "(", "(word)", "0x1f", " + 0x1f)",
    "\\n", "\\", "'", '"', "=", "message ", "-node-", "x-db-node-abc-1", " ", "\n", "Module x from rpm y", "event_id=",
    "Traceback (most recent call last):", "6bb2d9ee-7a8a-4b7e-9f1e-1d4a0a8b2c3d", "foo foo", "[scylla[12]]:", 'File "x", line 2, in y ',
    "2025-05-01T10:00:00_123+00:00", "|", ":", "PID: 3", "backtrace", "/scylla/data/x", "1:2:3:4:5:6:7:8", ")", "9", "é", "[x]", "[", "]",
    "period_type=one ", "executable=/bin/x executable_version=5", "line_number: 12", "gsutil cp gs://b/c", "Please report: at x\n",
    "Stack trace of thread 3:", "(a.b) ()", "/scylla-cluster-tests/x", "corefile_url= https://x",
)  # fmt: skip


@settings(max_examples=1000, deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=14).map("".join) | st.text(max_size=60))
def test_a_text_is_sanitised_as_the_plain_steps_do_it(message: str) -> None:
    plain = message
    for step in PLAIN:
        plain = step(plain)
    assert sanitise(message) == plain
