import { describe, expect, it } from "vitest";
import type { NamedTable } from "../src/api/runs";
import type { PytestResult, Run, SctEvent } from "../src/api/types";
import { formatCell } from "../src/lib/cell";
import { parseJUnit } from "../src/run/junit";
import { failedCells, failedDriverCases, failedPytestCases, firstGraveEvent, headline, nodeName, packageChanges } from "../src/run/why";

const event = (id: string, duplicate: string | null = null): SctEvent => ({ event_id: id, duplicate_id: duplicate }) as SctEvent;

describe("the first grave event", () => {
  it("is the first critical one that repeats no other", () => {
    expect(firstGraveEvent({ critical: [event("a", "x"), event("b")], error: [event("c")], criticalCount: 2, errorCount: 1 })?.event_id).toBe("b");
  });
  it("is an error where nothing is critical", () => {
    expect(firstGraveEvent({ critical: [], error: [event("c")], criticalCount: 0, errorCount: 1 })?.event_id).toBe("c");
    expect(firstGraveEvent({ critical: [], error: [], criticalCount: 0, errorCount: 0 })).toBeUndefined();
  });
});

describe("the headline of a message", () => {
  it("leaves out the header that repeats type and severity", () => {
    expect(headline("2026-11-20 10:00:00.000: (DatabaseLogEvent Severity.ERROR) period_type=one-time\n\nseastar - it broke")).toBe("seastar - it broke");
  });
  it("is the error or message that a header of one line carries", () => {
    expect(headline("(ClusterHealthValidatorEvent Severity.CRITICAL): type=NodePeersNulls node=n1 error=node n1 has nulls")).toBe("node n1 has nulls");
    expect(headline("(X Severity.ERROR) period_type=end event_id=5 duration=3s: it ended badly")).toBe("it ended badly");
  });
  it("is the first line otherwise, and empty for nothing", () => {
    expect(headline("it broke\nhere")).toBe("it broke");
    expect(headline("(X Severity.ERROR) only a header")).toBe("only a header");
    expect(headline(null)).toBe("");
  });
  it("names nodes without their addresses", () => expect(nodeName("Node db-1 [1.2.3.4 | 10.0.0.1]")).toBe("db-1"));
});

describe("results", () => {
  const table: NamedTable = {
    name: "latencies",
    description: null,
    table_status: "ERROR",
    columns: [{ name: "P99", unit: "ms", type: "FLOAT" }],
    rows: ["one", "two"],
    table_data: { one: { P99: { value: 3, status: "PASS", type: "FLOAT" } }, two: { P99: { value: 27.456, status: "ERROR", type: "FLOAT" } } },
  };

  it("that missed a limit are named with value and unit", () => expect(failedCells([table])).toEqual([{ table: "latencies", row: "two", column: "P99", value: "27.46 ms" }]));

  it.each([
    [3725, "DURATION", "01:02:05"],
    [1.005, "FLOAT", "1.00"],
    [1_234_567, "INTEGER", "1,234,567"],
    ["text", "TEXT", "text"],
    [null, "FLOAT", "N/A"],
  ])("%s as %s reads %s", (value, type, text) => expect(formatCell(value, type)).toBe(text));
});

describe("packages", () => {
  const one = (name: string, version: string) => ({ name, version, date: null, revision_id: null, build_id: null });
  it("that changed, came or went are listed by name", () => {
    expect(packageChanges([one("a", "1"), one("b", "1"), one("same", "1")], [one("a", "2"), one("c", "1"), one("same", "1")])).toEqual([
      { name: "a", before: "1", after: "2" },
      { name: "b", before: "1", after: null },
      { name: "c", before: null, after: "1" },
    ]);
  });
  it("of one name in several versions count as a set", () => expect(packageChanges([one("a", "1"), one("a", "2")], [one("a", "2"), one("a", "1")])).toEqual([]));
});

describe("cases", () => {
  it("of one class may be many", () => {
    const cases = parseJUnit('<testsuite name="s"><testcase classname="A" name="x" time="1.5"/><testcase classname="A" name="x"><failure message="boom">trace</failure></testcase></testsuite>');
    expect(cases.map((item) => [item.suite, item.name, item.status, item.seconds, item.message])).toEqual([
      ["A", "x", "passed", 1.5, ""],
      ["A", "x", "failure", null, "boom\ntrace"],
    ]);
  });
  it("say what became of them in any order, or by attributes", () => {
    const cases = parseJUnit('<testsuite name="s"><testcase name="a" time="1,234.5"><skipped/><error message="e"/></testcase><testcase name="b" status="notrun" result="suppressed"/><testcase name="c" status="run" result="skipped" time="NaN"/><testcase name="d"><system-out>x</system-out></testcase></testsuite>');
    expect(cases.map((item) => [item.status, item.seconds])).toEqual([["error", 1234.5], ["disabled", null], ["skipped", null], ["passed", null]]);
  });
  it("of a broken report say so", () => expect(() => parseJUnit("<testsuite")).toThrow("not valid XML"));
  it("of drivers include the failure of a whole driver", () => {
    const suites = [{ name: "s", cases: [{ name: "n", classname: "C", status: "failure", time: 1, message: "m" }, { name: "ok", classname: "C", status: "passed", time: 1, message: "" }] }];
    const run = { test_collection: [{ name: "TEST-cpp", driver: "cpp", failure_message: "no build", suites }] } as unknown as Run;
    const pytest = ["passed", "failure", "error", "passed & error", "xfailed", "skipped"].map((status) => ({ name: status, status, message: null }));
    expect(failedPytestCases(pytest as unknown as PytestResult[]).map((item) => item.name)).toEqual(["failure", "error", "passed & error"]);
    expect(failedDriverCases(run)).toEqual([{ name: "TEST-cpp", message: "no build" }, { name: "cpp: C.n", message: "m" }]);
  });
});
