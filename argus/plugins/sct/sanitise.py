"""Takes out of an event's text what differs from run to run, so that equal failures give near-equal vectors.

Contract: docs/contract/events.md#sanitising.

The order of the steps is part of the contract: each works on what the one before it left.
"""

from __future__ import annotations

import re
from collections.abc import Callable

Step = Callable[[str], str]

LONGEST_WORD = 100  # characters
BACKTRACE_WITHIN = 1000  # characters in which the word must stand
BACKTRACE_NOISE = (
    "seastar::backtrace",
    "seastar::print_with_backtrace",
    "seastar::install_oneshot_signal_handler",
    "seastar::current_backtrace",
    "seastar::current_tasktrace",
    "seastar::memory::cpu_pages::warn_large_allocation",
    "seastar::memory::allocate_slowpath",
    "at main.cc:",
    " ??:",
)
CORE_DUMP_FIELDS = (
    "PID", "UID", "GID", "Timestamp", "Command Line", "Executable", "Control Group", "Unit", "Slice", "Boot ID", "Machine ID", "Hostname",
    "Storage", "Size on Disk", "Message", "Disk Size",
)  # fmt: skip
_HEX = "[0-9a-fA-F]"


def _sub(pattern: str, replacement: str = "", count: int = 0) -> Step:
    compiled = re.compile(pattern)
    return lambda text: compiled.sub(replacement, text, count=count)


def _backtrace(text: str) -> str:
    if "backtrace" not in text[:BACKTRACE_WITHIN]:
        return text
    lines = (line for line in text.split("\n") if not any(noise in line for noise in BACKTRACE_NOISE))
    return "\n".join(_inlined.sub("", line).strip() if _inlined.match(line) else line for line in lines)


_inlined = re.compile(r"\s*\(inlined by\) ")


def _short_words(text: str) -> str:
    return " ".join(word[:LONGEST_WORD] for word in text.split())


_timestamps = _sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d_\d{3}\+\d\d:\d\d")

STEPS: tuple[Step, ...] = (
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


def sanitise(message: str) -> str:
    """The part of a message that says what failed, empty when nothing of it does."""
    for step in STEPS:
        message = step(message)
    return message
