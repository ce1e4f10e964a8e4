import { describe, expect, it } from "vitest";
import type { GroupStats, LastRun, TestStats } from "../src/api/types";
import { ALL_DRAWN, chosenOf, drawn, isGreen, linesOf, median, tookOf, trendOf } from "../src/board/lines";
import { Selection } from "../src/triage/selection.svelte";

const run = (number: number, status: string, minutes = 10, id = `r${number}`): LastRun =>
  ({ id, build_number: number, status, start_time: "2026-01-01T00:00:00Z", end_time: new Date(Date.UTC(2026, 0, 1, 0, minutes)).toISOString(), assignee: null, issues: [], comments: [] });
const item = (id: string, status: string, ...last_runs: LastRun[]): TestStats =>
  ({ test: { id, name: id }, status, last_runs, investigation_status: "not_investigated" }) as unknown as TestStats;
const group = (id: string, ...tests: TestStats[]): GroupStats => ({ group: { id, name: id }, tests: Object.fromEntries(tests.map((test) => [test.test.id, test])) }) as unknown as GroupStats;
const section = (whole: GroupStats) => ({ group: whole, tests: Object.values(whole.tests) });

describe("the lines of a dashboard", () => {
  const red = group("red", item("a", "failed"), item("b", "passed"));
  const green = group("green", item("c", "passed"), item("d", "not_run"));
  const keys = (toggled: string[], searching = false, flat = false) => linesOf([section(red), section(green)], new Set(toggled), searching, flat).map((line) => line.key);

  it("folds groups in which nobody has to look", () => {
    expect([isGreen(red), isGreen(green)]).toEqual([false, true]);
    expect(keys([])).toEqual(["red", "a", "b", "green"]);
    expect(keys(["red", "green"])).toEqual(["red", "green", "c", "d"]);
  });
  it("shows green groups to somebody who searches, and none where the table is flat", () => {
    expect(keys([], true)).toEqual(["red", "a", "b", "green", "c", "d"]);
    expect(keys([], false, true)).toEqual(["a", "b", "c", "d"]);
  });
  it("counts what a group holds, what needs somebody first", () => {
    const first = linesOf([section(red)], new Set(), false, false)[0];
    expect(first?.kind === "group" && first.counts).toEqual([["failed", 1], ["passed", 1]]);
  });
});

describe("what a test shows", () => {
  it("is the run of the newest build that gives it its status", () => {
    expect(chosenOf(item("t", "failed", run(7, "passed", 10, "x"), run(7, "failed", 10, "y"), run(6, "passed")))).toEqual({ test_id: "t", run_id: "y", name: "t #7" });
    expect(chosenOf(item("t", "not_run"))).toBeUndefined();
  });
  it("has a trend only between two finished builds", () => {
    expect(trendOf(item("t", "failed", run(3, "failed"), run(2, "passed")))).toBe("worse");
    expect(trendOf(item("t", "running", run(4, "running"), run(3, "passed"), run(2, "aborted")))).toBe("better");
    expect(trendOf(item("t", "failed", run(3, "passed", 1, "x"), run(3, "failed", 1, "y"), run(2, "passed")))).toBe("worse");
    expect(trendOf(item("t", "passed", run(3, "passed")))).toBe("same");
  });
  it("is held against the median of the other builds, once there are two of them", () => {
    expect(tookOf(item("t", "passed", run(4, "passed", 15), run(3, "passed", 8), run(2, "passed", 12), run(1, "passed", 10)))).toEqual({ seconds: 900, off: 50 });
    expect(tookOf(item("t", "passed", run(2, "passed", 15), run(1, "passed", 8)))?.off).toBeUndefined();
    expect([median([]), median([3]), median([1, 4])]).toEqual([undefined, 3, 2.5]);
  });
});

describe("what is drawn", () => {
  it("is everything of a short list, and a window of a long one", () => {
    expect(drawn(ALL_DRAWN, 30, 0, 900)).toEqual({ from: 0, to: ALL_DRAWN, above: 0, below: 0 });
    for (const top of [-200, 0, 45_000, 89_100, 1e9]) {
      const part = drawn(3000, 30, top, 900);
      expect(part.to - part.from).toBeLessThanOrEqual(54);
      expect(part.above + part.below + (part.to - part.from) * 30).toBe(90_000);
      if (top >= 0 && top <= 89_100) expect(part.from * 30 <= top && part.to * 30 >= Math.min(top + 900, 90_000)).toBe(true);
    }
  });
});

describe("a selection", () => {
  const all = ["a", "b", "c", "d"].map((id) => ({ test_id: "t", run_id: id, name: id }));
  const selection = new Selection(() => all);
  const chosen = () => selection.runs.map((one) => one.run_id).sort();

  it("takes ranges in the order of the table", () => {
    selection.toggle(all[3]!);
    selection.toggle(all[1]!, true);
    expect(chosen()).toEqual(["b", "c", "d"]);
    selection.toggle(all[1]!);
    expect(chosen()).toEqual(["c", "d"]);
    selection.clear();
    selection.toggle(all[0]!, true);
    expect(chosen()).toEqual(["a"]);
  });
});
