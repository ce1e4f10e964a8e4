import { describe, expect, it } from "vitest";
import type { SctEvent } from "../src/api/types";
import type { TestTrend } from "../src/api/trends";
import { configOf, differences, eventDifferences, kindOf } from "../src/run/compare";
import { actions } from "../src/palette/choices";
import { heatOf, newestVersions, offMedian } from "../src/trends/heat";

const event = (message: string, severity = "ERROR"): SctEvent => ({ event_id: message, severity, ts: "2026-01-01T00:00:00Z", event_type: "E", message, duplicate_id: null, node: null, target_node: null, nemesis_name: null, known_issue: null });

describe("two runs", () => {
  it("show only what differs, with what one of them lacks", () => {
    const before = new Map([["a", "1"], ["b", "2"], ["c", "3"]]);
    const after = new Map([["a", "1"], ["b", "9"], ["d", "4"]]);
    expect(differences(before, after)).toEqual([{ name: "b", before: "2", after: "9" }, { name: "c", before: "3", after: null }, { name: "d", before: null, after: "4" }]);
  });
  it("compare configurations by dotted keys, JSON or not", () => {
    expect([...configOf([{ name: "x", content: '{"a": {"b": 1}}' }, { name: "y", content: "k: v" }])]).toEqual([["x: a.b", "1"], ["y: k", "v"]]);
  });
  it("take events for one kind whose numbers and ids differ", () => {
    expect(kindOf(event("node 10.0.0.1 waited 600 s for 0xff"))).toBe(kindOf(event("node 10.0.0.77 waited 5 s for 0x0a")));
    expect(eventDifferences([event("a 1"), event("a 2")], [event("a 3"), event("b")]).map((item) => [item.before, item.after])).toEqual([[null, "1×"]]);
  });
});

describe("tests × versions", () => {
  const outcome = (passed: number, failed: number) => ({ passed, failed, last: "", run_id: "r" });
  it("shows the newest twelve versions that are known, oldest first", () => {
    const versions = Object.fromEntries([...Array(15).keys(), ""].map((n) => [n === "" ? "" : `2025.${n}.0`, outcome(1, 0)]));
    const names = newestVersions([{ versions } as unknown as TestTrend]);
    expect([names.length, names[0], names.at(-1)]).toEqual([12, "2025.3.0", "2025.14.0"]);
  });
  it("tells passed, failed and both apart", () => {
    expect([outcome(1, 0), outcome(0, 1), outcome(2, 1), undefined].map((item) => heatOf(item)?.tone)).toEqual(["good", "bad", "active", undefined]);
  });
  it("holds the last run against the median", () => {
    expect(offMedian({ median_seconds: 100, last_seconds: 150 } as TestTrend)).toBe(50);
    expect(offMedian({ median_seconds: null, last_seconds: 150 } as TestTrend)).toBeNull();
  });
});

describe("the palette", () => {
  it("finds pages by words in any order, and those of administrators for them only", () => {
    expect(actions("jobs my").map((choice) => choice.title)).toEqual(["My Jobs"]);
    expect(actions("admin")).toEqual([]);
  });
});
