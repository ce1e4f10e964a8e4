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


def _sub(pattern: str, replacement: str = "", count: int = 0, needs: str = "") -> Step:
    """A replacement. A text without what it `needs`, a part of whatever the pattern finds, is left alone at once: most messages have no
    use for most steps, and half a million of them are sanitised in a minute."""
    substitute = re.compile(pattern).sub
    return lambda text: substitute(replacement, text, count=count) if needs in text else text


def _backtrace(text: str) -> str:
    if "backtrace" not in text[:BACKTRACE_WITHIN]:
        return text
    lines = (line for line in text.split("\n") if not any(noise in line for noise in BACKTRACE_NOISE))
    return "\n".join(_inlined.sub("", line).strip() if _inlined.match(line) else line for line in lines)


_inlined = re.compile(r"\s*\(inlined by\) ")


def _short_words(text: str) -> str:
    return " ".join(word[:LONGEST_WORD] for word in text.split())


_timestamps = _sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d_\d{3}\+\d\d:\d\d", needs="+")

_blanks = str.maketrans("|[]:,", "     ")

# Patterns begin with a character that the engine can look for; a word boundary is looked back at, behind it, for that reason.
STEPS: tuple[Step, ...] = (
    _sub(r"\A([^ ]* )[^(]*\(", r"\1"),  # the preface before the type of the event
    _timestamps,
    _sub(r"Severity\.(?:ERROR|CRITICAL|WARNING|INFO)\)", needs="Severity."),
    _sub(r"period_type=\S+", needs="period_type="),
    _sub(r"(?:target_node|node)=Node\s+[A-Za-z0-9_.-]+\s*\[[^\]]*\]", needs="node=Node"),
    _sub(r"node=[A-Za-z0-9_.-]+\s*\[[^\]]*\]", needs="node="),
    _sub(r"executable=/[A-Za-z0-9_/]+\s+executable_version=[\d.]", needs="executable=/"),
    _sub(r"line_number[=:\s]*\d+", needs="line_number"),
    _sub(rf"{_HEX}(?:(?<=e)vent_id={_HEX}{{8}}|{_HEX}{{7}})-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}", "ID", needs="-"),
    _sub(r"\d(?<=\b\d)\d{0,2}(?:\.\d{1,3}){3}\b", "IP", needs="."),
    _sub(rf"{_HEX}(?<=\b{_HEX}){_HEX}{{0,3}}(?::{_HEX}{{1,4}}){{7}}\b", "IP", needs=":"),
    _sub(rf"{_HEX}(?<=\b{_HEX}){_HEX}{{0,3}}(?::{_HEX}{{1,4}})*::{_HEX}{{1,4}}(?::{_HEX}{{1,4}})*\b", "IP", needs="::"),
    _sub(r"(?:corefile_url=|download_instructions:)\s*https?://\S+", "URL"),
    _sub(r"gsutil cp gs://\S+", "URL", needs="gsutil"),
    _sub(rf"(?:{'|'.join(CORE_DUMP_FIELDS)}):.*"),
    _backtrace,
    _sub(r"Module .*? from rpm .*", needs="Module "),
    _sub(r"message[ =]", needs="message"),
    _sub(r"Please report: at .*\n?", needs="Please report"),
    _sub(rf"\([^()]* \+ 0x{_HEX}+\)", needs=" + 0x"),
    _sub(r"\[scylla\[\d+\]\]:?", needs="[scylla["),
    _sub(rf"0x{_HEX}+", needs="0x"),
    _sub(r'File "[^"]*", line \d+, in (\S+)\s*', r"in \1 ", needs="File "),
    _sub(r"Traceback \(most recent call last\):", "TB ", needs="Traceback (most"),
    _sub(r"Stack trace of thread \d+:", "Stack:", needs="Stack trace of"),
    _sub(r"\((\w+)\)", r"\1", needs="("),
    _sub(r"\((\w+(?:\.\w+)+\) *\(\))", r"\1", needs="("),
    lambda text: text.replace("=", " "),
    lambda text: text.replace("'", "").replace('"', ""),
    lambda text: text.replace("\\n", " "),
    lambda text: text.replace("\\", ""),
    _short_words,
    _sub(r"(?:[Nn]ode )?[A-Za-z0-9_-]+-(db|loader|monitor)-node-[A-Za-z0-9_-]+\d+", r"\1", needs="-node-"),
    _sub(r"[^\s\[(:]*/scylla/data/[^\s\])]*", "DATA", needs="/scylla/data/"),
    _sub(r"[^\s\[(:]*/scylla-cluster-tests/[^\s\])]*", "SCT", needs="/scylla-cluster-tests/"),
    _sub(r"\b(\w++)(?:\s+\1)+", r"\1"),
    _sub(r"(?<=\w)\.(\w+(?:\.(?=\w))?)", r"_\1", needs="."),  # (\w+)\.(\w+), without trying it at every word
    _timestamps,
    lambda text: text.translate(_blanks),
    lambda text: " ".join(text.split()),
)


def sanitise(message: str) -> str:
    """The part of a message that says what failed, empty when nothing of it does."""
    for step in STEPS:
        message = step(message)
    return message
