"""Tables out of real files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from argus.features.artefacts.extraction.processors import model as bounds
from argus.features.artefacts.extraction.processors.choice import PROCESSORS, processor_for
from argus.features.artefacts.extraction.processors.model import ExtractionError, Range, Source
from argus.features.artefacts.extraction.shaping import Table, tables_of
from tests.features.artefacts import making


def read(path: Path, payload: Mapping[str, Any] | None = None, processor: str = "auto") -> list[Table]:
    payload = payload or {}
    _, function = processor_for(processor, path)
    return list(tables_of(function, Source(path, path.stem, Range.of(payload.get("pages", ""))), payload))


def plain(table: Table) -> list[list[str]]:
    return [[column.name for column in table.columns], *table.rows]


def refused(code: str, path: Path, payload: Mapping[str, Any] | None = None, processor: str = "auto") -> str:
    with pytest.raises(ExtractionError) as raised:
        read(path, payload, processor)
    assert raised.value.code == code
    return str(raised.value)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.pdf", making.two_tables(), "pdf"),
        ("a.xlsx", making.xlsx({"s": [["a"]]}), "xlsx"),
        ("a.html", making.PAGE, "html"),
        ("a.xml", making.JUNIT, "junit"),
        ("a.json", '[{"a": 1}]', "json"),
        ("a.txt", '{"a": 1}\n{"a": 2}\n', "ndjson"),
        ("a.csv", "a,b\n1,2\n", "csv"),
        ("wrong.pdf", "a;b\n1;2\n", "csv"),
        ("a.log", making.ALIGNED, "text"),
        ("a.txt", "a\tb\n1\t2\n", "csv"),
    ],
)
def test_the_processor_is_chosen_by_what_is_in_a_file_and_not_by_its_name(tmp_path: Path, name: str, content: Any, expected: str) -> None:
    assert processor_for("auto", making.put(tmp_path, name, content))[0] == expected


def test_pictures_and_other_xml_have_no_processor(tmp_path: Path) -> None:
    assert "pictures" in refused("no_processor", making.put(tmp_path, "a.png", making.png()))
    assert "JUnit" in refused("no_processor", making.put(tmp_path, "a.xml", "<?xml version='1.0'?><feed/>"))
    assert refused("no_processor", making.put(tmp_path, "a.bin", b"\0\1\2"))


def test_ruled_tables_of_a_pdf_come_with_title_page_and_box(tmp_path: Path) -> None:
    first, second = read(making.put(tmp_path, "latency.pdf", making.two_tables()))
    assert plain(first) == [list(row) for row in making.WRITES]
    assert plain(second) == [list(row) for row in making.READS]
    assert (first.title, second.title) == ("Write latencies", "Read latencies")
    assert first.metadata["page"] == 1
    assert len(first.metadata["bbox"]) == 4


def test_only_the_pages_asked_for_are_read(tmp_path: Path) -> None:
    path = making.put(tmp_path, "a.pdf", making.pdf(("T", making.WRITES), pages=4))
    assert [table.metadata["page"] for table in read(path, {"pages": "2-3"})] == [2, 3]
    assert len(read(path, {"tables": "1,4"})) == 2
    assert read(path, {"min_rows": 4}) == []


def test_a_pdf_of_words_has_no_tables(tmp_path: Path) -> None:
    assert read(making.put(tmp_path, "a.pdf", making.pdf())) == []


def test_progress_is_told_page_by_page(tmp_path: Path) -> None:
    told: list[tuple[float, str]] = []
    path = making.put(tmp_path, "a.pdf", making.pdf(("T", making.READS), pages=3))
    source = Source(path, "a", progress=lambda percent, message: told.append((percent, message)))
    assert len(list(tables_of(PROCESSORS["pdf"], source, {}))) == 3
    assert [message for _, message in told] == ["page 1/3", "page 2/3", "page 3/3"]
    assert [percent for percent, _ in told] == sorted(percent for percent, _ in told)


def test_damaged_and_locked_files_are_named_so(tmp_path: Path) -> None:
    locked = making.put(tmp_path, "a.pdf", making.pdf(("T", making.READS), password="secret"))
    assert "password" in refused("encrypted", locked)
    assert refused("unreadable", making.put(tmp_path, "b.pdf", b"%PDF-1.7 and no more"), processor="pdf")
    assert refused("unreadable", making.put(tmp_path, "d.xlsx", b"PK\x03\x04 no archive"), processor="xlsx")
    assert refused("encrypted", making.put(tmp_path, "e.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)), processor="xlsx")
    assert refused("unreadable", making.put(tmp_path, "f.json", "[1, 2"), processor="json")
    assert refused("unreadable", making.put(tmp_path, "g.xml", "<testsuites>"), processor="junit")


def test_a_document_that_defines_entities_is_refused(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE t [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><testsuites><testsuite name="&b;"/></testsuites>'
    assert "entities" in refused("unreadable", making.put(tmp_path, "a.xml", bomb), processor="junit")
    outside = f'<!DOCTYPE t [<!ENTITY a SYSTEM "file://{tmp_path}/secret">]><testsuites><testsuite name="&a;"/></testsuites>'
    making.put(tmp_path, "secret", "very secret")
    assert "entities" in refused("unreadable", making.put(tmp_path, "b.xml", outside), processor="junit")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_delimiters_and_encodings_are_found(tmp_path: Path, delimiter: str, encoding: str) -> None:
    rows = [["Größe", "Maß", "note"], ["1", "2", "über alles"], ["3", "4", 'a "word"']]
    text = "\r\n".join(delimiter.join(f'"{cell.replace(chr(34), chr(34) * 2)}"' if '"' in cell else cell for cell in row) for row in rows)
    table = read(making.put(tmp_path, "a.csv", text.encode(encoding)), processor="csv")[0]
    assert plain(table) == rows
    assert table.metadata["delimiter"] == delimiter


def test_cells_of_several_lines_decimal_commas_and_excels_first_line(tmp_path: Path) -> None:
    assert plain(read(making.put(tmp_path, "a.csv", 'a,b\n"x\ny",2\n3,4\n'), processor="csv")[0])[1] == ["x\ny", "2"]
    assert read(making.put(tmp_path, "b.csv", "1,5;2,5\n3,5;4,5\n"), {"header": "none"}, "csv")[0].rows == [["1,5", "2,5"], ["3,5", "4,5"]]
    assert plain(read(making.put(tmp_path, "c.csv", "sep=;\r\na;b,c\r\n1;2\r\n"), processor="csv")[0]) == [["a", "b,c"], ["1", "2"]]
    assert plain(read(making.put(tmp_path, "d.csv", "'a b','c'\n'1','2,3'\n"), processor="csv")[0]) == [["a b", "c"], ["1", "2,3"]]


def test_rows_of_different_lengths_become_one_width_and_names_are_unique(tmp_path: Path) -> None:
    table = read(making.put(tmp_path, "a.csv", "a,a,\n1\n1,2,3,4\n"), processor="csv")[0]
    assert plain(table) == [["a", "a (2)", "column 3", "column 4"], ["1", "", "", ""], ["1", "2", "3", "4"]]


def test_sheets_are_tables_and_values_keep_their_meaning(tmp_path: Path) -> None:
    from datetime import date, datetime, timedelta

    rows: list[list[object]] = [
        ["n", "f", "when", "day", "long", "on", "text"],
        [42, 0.1, datetime(2025, 3, 1, 10, 0), date(2025, 3, 1), timedelta(hours=26), True, "007"],
    ]
    content = making.xlsx({"One": rows, "Empty": [], "Secret": [["x"], ["y"]], "Two": [["a"], ["b"]]}, hidden=["Secret"])
    one, two = read(making.put(tmp_path, "a.xlsx", content))
    assert one.rows[0][:2] == ["42", "0.1"]
    assert one.rows[0][2].startswith("2025-03-01 10:00")
    assert one.rows[0][3].startswith("2025-03-01")
    assert one.rows[0][4:] == ["26:00:00", "true", "007"]
    assert (one.title, two.title) == ("One", "Two")


def test_a_cell_in_the_last_corner_of_a_sheet_takes_no_memory(tmp_path: Path) -> None:
    from io import BytesIO

    from openpyxl import Workbook

    book = Workbook()
    book.active["XFD1048576"] = "far away"
    written = BytesIO()
    book.save(written)
    assert "XFD1048576" in refused("limit_exceeded", making.put(tmp_path, "a.xlsx", written.getvalue()))


def test_cells_of_a_page_stand_where_a_browser_shows_them_and_scripts_are_no_tables(tmp_path: Path) -> None:
    first, second = read(making.put(tmp_path, "a.html", making.PAGE))
    assert plain(first) == [["op", "p50", "p99"], ["read", "1", "4"], ["read", "2", "5"], ["total", "total", "9 ms"]]
    assert first.title == "Latencies"
    assert second.title == "Größen"
    assert plain(second) == [["a", "1"], ["b", "2"]]


def test_spans_of_any_size_are_bounded(tmp_path: Path) -> None:
    wide = '<html><table><tr><td colspan="99999999">a</td></tr></table>'
    assert "500 columns" in refused("limit_exceeded", making.put(tmp_path, "a.html", wide))
    high = '<html><table><tr><td rowspan="99999999">a</td><td>b</td></tr><tr><td>c</td></tr></table>'
    assert read(making.put(tmp_path, "b.html", high))[0].rows == [["a", "c"]]


def test_json_is_read_wherever_lists_of_objects_stand_and_numbers_stay_as_written(tmp_path: Path) -> None:
    text = (
        '{"writes": [{"op": "insert", "p99": 4.20}, {"op": "update", "n": 1e3, "more": {"a": [1.0, null]}}],'
        ' "x": {"grid": [[1, 2], [3, 4]]}}'
    )
    writes, grid = read(making.put(tmp_path, "a.json", text))
    assert writes.title == "writes"
    assert plain(writes) == [["op", "p99", "n", "more"], ["insert", "4.20", "", ""], ["update", "", "1e3", '{"a": [1.0, null]}']]
    assert plain(grid) == [["1", "2"], ["3", "4"]]
    single = read(making.put(tmp_path, "b.json", '{"a": 1, "b": true}'))[0]
    assert plain(single) == [["a", "b"], ["1", "true"]]
    lines = read(making.put(tmp_path, "c.ndjson", '{"a": 1}\n\n{"b": null, "a": "x"}\n'))[0]
    assert plain(lines) == [["a", "b"], ["1", ""], ["x", ""]]


def test_json_as_deep_as_it_may_be_sent_ends_in_an_answer(tmp_path: Path) -> None:
    assert refused("unreadable", making.put(tmp_path, "a.json", "[" * 100_000 + "]" * 100_000), processor="json")


def test_junit_gives_suites_and_cases(tmp_path: Path) -> None:
    suites, cases = read(making.put(tmp_path, "a.xml", making.JUNIT))
    assert suites.rows == [["storage", "3", "1", "1", "0", "1", "2.5"]]
    assert [row[3] for row in cases.rows] == ["passed", "failure", "skipped"]
    assert cases.rows[1][5] == "2 < 1 (no-type)"


def test_aligned_text_has_columns_where_all_lines_are_blank(tmp_path: Path) -> None:
    first, second = read(making.put(tmp_path, "a.log", making.ALIGNED))
    assert first.title == "Write latencies"
    assert plain(first) == [["op", "P99 write", "ops"], ["insert", "4.2", "1200"], ["update", "", "900"]]
    assert plain(second) == [["name", "size"], ["t1", "10"], ["t2", "20"]]


def test_prose_is_no_table(tmp_path: Path) -> None:
    assert read(making.put(tmp_path, "a.txt", "Dear all,\n\nwe have seen it.\nIt was good, and more.\n"), processor="text") == []


def test_bounds_are_kept_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wide = making.put(tmp_path, "wide.csv", ",".join(f"c{n}" for n in range(501)) + "\n")
    assert "501 columns" in refused("limit_exceeded", wide, processor="csv")
    long = making.put(tmp_path, "long.csv", "a,b\n1," + "x" * 32_769 + "\n")
    assert "32769 bytes" in refused("limit_exceeded", long, processor="csv")
    assert read(making.put(tmp_path, "fits.csv", "a,b\n1," + "x" * 32_768 + "\n"), processor="csv")
    assert "a cell of more than" in refused("limit_exceeded", making.put(tmp_path, "huge.csv", "a,b\n1," + "x" * 200_000), processor="csv")
    many = making.put(tmp_path, "many.csv", "a,b\n" + "1,2\n" * 200_001)
    assert "200000 rows" in refused("limit_exceeded", many, processor="csv")
    tables = making.put(tmp_path, "tables.html", "<html>" + "<table><tr><td>1</td></tr></table>" * 201)
    assert "200 tables" in refused("limit_exceeded", tables)
    monkeypatch.setattr("argus.features.artefacts.extraction.processors.pdf.MAX_PAGES", 2)
    assert "3 pages" in refused("limit_exceeded", making.put(tmp_path, "a.pdf", making.pdf(("T", making.READS), pages=3)))
    monkeypatch.setattr("argus.features.artefacts.extraction.shaping.MAX_BYTES", 10)
    assert "10 bytes" in refused("limit_exceeded", making.put(tmp_path, "sum.csv", "a,b\n1,2\n3,4\n"), processor="csv")
    assert (bounds.MAX_PAGES, bounds.MAX_TABLES, bounds.MAX_ROWS, bounds.MAX_COLUMNS, bounds.MAX_CELL) == (500, 200, 200_000, 500, 32_768)


def test_what_no_database_stores_is_replaced(tmp_path: Path) -> None:
    table = read(making.put(tmp_path, "a.json", '[{"a": "x\\u0000y", "b": "\\ud800"}]'))[0]
    assert table.rows == [["x\ufffdy", "\ufffd"]]


def test_ranges() -> None:
    assert [n for n in range(1, 12) if n in Range.of("1-3, 5,9-")] == [1, 2, 3, 5, 9, 10, 11]
    assert 10**9 in Range.of("")
    for wrong in ("0", "3-1", "a", "-", "1-2-3", "1,,2", "9999999", "²"):
        with pytest.raises(ValueError):
            Range.of(wrong)


def test_columns_that_match_get_name_type_and_unit_and_misfits_are_told(tmp_path: Path) -> None:
    told = [{"match": "(?i)p99.*", "name": "P99 read", "type": "FLOAT", "unit": "ms", "higher_is_better": False}]
    path = making.put(tmp_path, "a.csv", "op;P99 of all;note\nget;4.2 ms;a\nscan;soon;b\nput;1,234;c\nnone;;d\n")
    table = read(path, {"columns": told}, "csv")[0]
    column = table.columns[1]
    assert (column.name, column.type, column.unit, column.higher_is_better) == ("P99 read", "FLOAT", "ms", False)
    assert table.rows[1] == ["scan", "soon", "b"]  # the text stays
    assert table.metadata["issue_count"] == 2
    assert [issue["text"] for issue in table.metadata["issues"]] == ["soon", "1,234"]
    assert table.samples()[0] == {"op": "get", "P99 read": "4.2 ms", "note": "a"}
