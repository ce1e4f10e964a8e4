import { describe, expect, it, vi } from "vitest";
import type { BoardIndex } from "../src/api/board";
import type { GroupStats, LastRun, Stats, TestStats } from "../src/api/types";
import { Details } from "../src/board/details.svelte";
import { ALL_DRAWN, chosenOf, drawn, isGreen, linesOf, median, tookOf, trendOf, type Section } from "../src/board/lines";
import { fromIndex, fromStats, needsSomebody } from "../src/board/source";
import { Selection } from "../src/triage/selection.svelte";

const run = (number: number, status: string, minutes = 10, id = `r${number}`): LastRun =>
  ({ id, build_number: number, status, start_time: "2026-01-01T00:00:00Z", end_time: new Date(Date.UTC(2026, 0, 1, 0, minutes)).toISOString(), assignee: null, issues: [], comments: [] });
const item = (id: string, status: string, ...last_runs: LastRun[]): TestStats =>
  ({ test: { id, name: id }, status, last_runs, investigation_status: "not_investigated" }) as unknown as TestStats;
const group = (id: string, ...tests: TestStats[]): GroupStats => ({ group: { id, name: id }, tests: Object.fromEntries(tests.map((test) => [test.test.id, test])) }) as unknown as GroupStats;
const statsOf = (...groups: GroupStats[]): Stats => ({ failed: 1, groups: Object.fromEntries(groups.map((whole) => [whole.group.id, whole])) });
function sectionsOf(...groups: GroupStats[]): Section[] {
  const board = fromStats(statsOf(...groups));
  return board.groups.map((one) => ({ group: one, rows: board.rows.filter((row) => row.group === one) }));
}

describe("the lines of a dashboard", () => {
  const red = group("red", item("a", "failed"), item("b", "passed"));
  const green = group("green", item("c", "passed"), item("d", "not_run"));
  const keys = (toggled: string[], searching = false, flat = false) => linesOf(sectionsOf(red, green), new Set(toggled), searching, flat).map((line) => line.key);

  it("folds groups in which nobody has to look", () => {
    expect([isGreen(["failed", "passed"]), isGreen(["passed", "not_run"])]).toEqual([false, true]);
    expect(keys([])).toEqual(["red", "a", "b", "green"]);
    expect(keys(["red", "green"])).toEqual(["red", "green", "c", "d"]);
  });
  it("shows green groups to somebody who searches, and none where the table is flat", () => {
    expect(keys([], true)).toEqual(["red", "a", "b", "green", "c", "d"]);
    expect(keys([], false, true)).toEqual(["a", "b", "c", "d"]);
  });
  it("counts what a group holds, what needs somebody first", () => {
    const first = linesOf(sectionsOf(red), new Set(), false, false)[0];
    expect(first?.kind === "group" && first.counts).toEqual([["failed", 1], ["passed", 1]]);
  });
});

describe("a board of columns", () => {
  const index = {
    token: "t", failed: 1, groups: [{ id: "g", name: "G", tests: 2 }, { id: "h", name: "H", tests: 1 }], open: { count: 1, tests: ["a"] },
    names: { statuses: ["failed", "passed"], investigations: ["not_investigated"], backends: ["aws"], people: ["alice", "bob"] },
    tests: {
      name: ["a", "b", "c"], status: [0, 1, 1], investigation: [0, 0, 0], backend: [0, -1, 0], assignee: [1, -1, -1], planned: [0, 0, -1],
      started: [1767225600, null, 1767225600], build: [7, null, 3], took: [900, null, 60], off: [50, null, null], trend: [1, 0, -1], notes: [3, 0, 2],
    },
  } as BoardIndex;

  it("says what whole statistics say", () => {
    const columns = fromIndex(index);
    expect(columns.groups).toMatchObject([{ name: "G", tests: 2, green: false, priority: 0 }, { name: "H", tests: 1, green: true }]);
    const at = Date.UTC(2026, 0, 1);
    expect(columns.rows).toMatchObject([
      { name: "a", place: 0, status: "failed", started: at, build: 7, took: { seconds: 900, off: 50 }, trend: "worse", backend: "aws", assignee: "bob", planned: "alice", hasBugReport: true, hasComments: true },
      { name: "b", place: 1, status: "passed", started: null, build: null, took: undefined, trend: "same", backend: "", assignee: "", planned: "alice", hasBugReport: false, hasComments: false },
      { name: "c", place: 2, group: { id: "h" }, trend: "better", took: { seconds: 60, off: undefined }, hasBugReport: false, hasComments: true },
    ]);
    const whole = fromStats(statsOf({ ...group("g", item("a", "failed", { ...run(7, "failed", 15), assignee: "bob", setup: { backend: "aws" } })), total: 1 }));
    expect(whole.rows[0]).toMatchObject({ name: "a", place: -1, status: "failed", build: 7, took: { seconds: 900 }, backend: "aws", assignee: "bob" });
    expect([columns.rows.map(needsSomebody), whole.open, fromIndex({ dormant: true } as BoardIndex).dormant]).toEqual([[true, false, false], { count: 1, tests: ["a"] }, true]);
  });

  it("has the runs of a test come once, and anew with another board", async () => {
    const asked: number[][] = [];
    const fetch = (places: readonly number[]) => Promise.resolve((asked.push([...places]), places.map((place) => item(`t${place}`, "failed"))));
    const details = new Details();
    details.begin("one", fetch);
    const both = [details.need([3, -1, 1]), details.need([1, 2])];
    expect(await Promise.all(both)).toEqual([true, true]);
    expect(asked).toEqual([[3, 1], [2]]);
    expect(details.items[2]?.test.id).toBe("t2");
    details.begin("one", fetch);
    expect([Object.keys(details.items).length, await details.need([3]), asked.at(-1)]).toEqual([3, true, [3]]);
    details.begin("two", fetch);
    expect(Object.keys(details.items).length).toBe(0);
  });

  it("asks for many in parts, and says when some did not come", async () => {
    const asked: number[] = [];
    const details = new Details();
    details.begin("one", (places) => (asked.push(places.length), places[0] ? Promise.reject(new Error("gone")) : Promise.resolve(places.map((place) => item(`t${place}`, "passed")))));
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    expect(await details.need(Array.from({ length: 250 }, (_, place) => place))).toBe(false);
    expect([asked, Object.keys(details.items).length, details.error?.status]).toEqual([[200, 50], 200, 0]);
  });

  it("takes no answer of a board that was left", async () => {
    const details = new Details();
    let answer: (tests: TestStats[]) => void = () => undefined;
    details.begin("one", () => new Promise((resolve) => (answer = resolve)));
    const left = details.need([0]);
    details.begin("two", () => Promise.resolve([]));
    answer([item("old", "passed")]);
    await left;
    expect(Object.keys(details.items).length).toBe(0);
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
