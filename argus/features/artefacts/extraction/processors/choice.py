"""Which processor reads a document: the one that is asked for, else the one for its content, whatever its name is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from argus.features.artefacts.documents.file_types import UnsupportedType, type_of
from argus.features.artefacts.extraction.processors.aligned import read_text
from argus.features.artefacts.extraction.processors.csv_tables import DELIMITERS, dialect_of, read_csv
from argus.features.artefacts.extraction.processors.html import read_html
from argus.features.artefacts.extraction.processors.json_tables import is_ndjson, read_json, read_ndjson
from argus.features.artefacts.extraction.processors.junit_tables import read_junit_tables
from argus.features.artefacts.extraction.processors.model import NO_PROCESSOR, ExtractionError, Processor
from argus.features.artefacts.extraction.processors.pdf import read_pdf
from argus.features.artefacts.extraction.processors.stub import read_stub
from argus.features.artefacts.extraction.processors.texts import encoding_of
from argus.features.artefacts.extraction.processors.xlsx import read_xlsx

AUTO = "auto"
PROCESSORS: Mapping[str, Processor] = {
    "csv": read_csv,
    "xlsx": read_xlsx,
    "pdf": read_pdf,
    "html": read_html,
    "json": read_json,
    "ndjson": read_ndjson,
    "junit": read_junit_tables,
    "text": read_text,
    "stub": read_stub,
}
BINARY = {"pdf": "pdf", "xlsx": "xlsx", "html": "html"}
JUNIT = re.compile(r"<(?:\w{1,40}:)?testsuites?\b")
SAMPLE = 64 * 1024  # characters
STEADY = 0.9  # the part of lines that must agree for a text to be one of separated values


def processor_for(name: str, path: Path) -> tuple[str, Processor]:
    """The processor and its name.

    Raises:
        ExtractionError: `auto`, and there is none for such a content.
    """
    if name != AUTO:
        return name, PROCESSORS[name]
    chosen = _by_content(path)
    return chosen, PROCESSORS[chosen]


def _by_content(path: Path) -> str:
    try:
        kind = type_of(path, "").kind
    except UnsupportedType as refused:
        raise ExtractionError(NO_PROCESSOR, str(refused)) from None
    if kind in BINARY:
        return BINARY[kind]
    if kind in ("png", "jpg"):
        raise ExtractionError(NO_PROCESSOR, "there are no tables in pictures that could be read")
    with path.open(encoding=encoding_of(path), errors="replace", newline="") as file:
        sample = file.read(SAMPLE)
    if kind == "xml":
        if JUNIT.search(sample):
            return "junit"
        raise ExtractionError(NO_PROCESSOR, "XML of this kind has no processor; JUnit reports have one")
    if kind == "json":
        return "ndjson" if is_ndjson(sample) else "json"
    return "csv" if _is_separated(sample) else "text"


def _is_separated(sample: str) -> bool:
    """Whether nearly all lines have as many cells as the others."""
    delimiter, _, skipped = dialect_of(sample)
    if skipped:
        return True
    lines = [line for line in sample.splitlines() if line.strip()][:200]
    if len(lines) < 2 or delimiter not in DELIMITERS:
        return False
    if delimiter == "|" and all(line.lstrip().startswith("|") or set(line) <= set("-+| ") for line in lines):
        return False  # a table between bars
    counts = [line.count(delimiter) for line in lines]
    usual = max(set(counts), key=counts.count)
    if '"' in sample and usual:  # cells with delimiters or line ends in them
        return counts.count(usual) >= len(counts) * 0.5
    return usual > 0 and counts.count(usual) >= len(counts) * STEADY
