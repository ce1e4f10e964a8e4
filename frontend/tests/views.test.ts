import { describe, expect, it } from "vitest";
import { median, nemesisTotals, versionTotals, type NemesisRecord } from "../src/views/statistics";
import { chosen } from "../src/views/members";
import { moved, newWidget, setting, slugOf, widgetsOf } from "../src/views/widgets";

describe("the widgets of a view", () => {
  it("are read from text and from a list, in the order of their positions", () => {
    const list = [{ position: 2, type: "graphs" }, { position: 1, type: "summary" }];
    expect(widgetsOf(list).map((widget) => widget.type)).toEqual(["summary", "graphs"]);
    expect(widgetsOf(JSON.stringify(list))).toEqual(widgetsOf(list));
  });

  it.each([["no JSON"], [{}], [null], [[null, { type: 3 }]]])("are none where %j is stored", (stored) => expect(widgetsOf(stored)).toEqual([]));

  it("keep a stored false; what was never set has its default", () => {
    const widget = { ...newWidget("testDashboard", 1), settings: { versionsIncludeNoVersion: false } };
    expect([setting(widget, "versionsIncludeNoVersion"), setting(widget, "productVersion")]).toEqual([false, ""]);
  });

  it("are numbered anew when one moves, and stay where they are at the ends", () => {
    const three = ["graphs", "summary", "highlights"].map((type, index) => newWidget(type, index + 1));
    expect(moved(three, 2, -1).map((widget) => [widget.position, widget.type])).toEqual([[1, "graphs"], [2, "highlights"], [3, "summary"]]);
    expect(moved(three, 0, -1).map((widget) => widget.type)).toEqual(["graphs", "summary", "highlights"]);
  });
});

it.each([["Weekly – Größe 2026.1!", "weekly-grosse-2026-1"], ["  ", ""]])("the address of a view titled %j is %j", (title, slug) => expect(slugOf(title.replace("ß", "ss"))).toBe(slug));

it("a widget is about the tests that its filter names by themselves, their groups or their releases", () => {
  const test = (id: string, group_id: string, release_id: string) => ({ id, group_id, release_id, build_system_id: `job/${id}` });
  const all = [test("a", "g", "r"), test("b", "g", "r"), test("c", "h", "r"), test("d", "i", "s")];
  expect([...chosen(all, ["a", "h"]).tests]).toEqual(["a", "c"]);
  expect([...chosen(all, ["s", "g"]).jobs]).toEqual(["job/a", "job/b", "job/d"]);
  expect(chosen(all, ["gone"]).tests.size).toBe(0);
});

describe("numbers of nemeses", () => {
  const record = (name: string, status: string, start_time: number, duration = 10): NemesisRecord => ({ version: "1", name, status, start_time, duration, run_id: `r${start_time}`, stack_trace: null });

  it("put the one that failed most first, with its last failure", () => {
    const totals = nemesisTotals([record("a", "succeeded", 1), record("b", "failed", 2, 30), record("b", "failed", 3, 10), record("b", "succeeded", 4, 20)]);
    expect(totals.map((total) => [total.name, total.failed, total.succeeded, total.median])).toEqual([["b", 2, 1, 20], ["a", 0, 1, 10]]);
    expect(totals[0]?.failures[0]?.run_id).toBe("r3");
  });

  it("take the middle of an even number of durations", () => expect([median([1, 4, 2, 3]), median([])]).toEqual([2.5, 0]));
});

it("runs by version begin with the version that ran last", () => {
  const run = (version: string, start_time: number, status = "passed") => ({ build_id: "b", start_time, duration: 1800, status, version, investigation_status: "investigated", run_id: "r" });
  expect(versionTotals([run("1", 1), run("2", 2, "failed"), run("1", 3)])).toEqual([
    { version: "1", runs: 2, statuses: { passed: 2 }, hours: 1 },
    { version: "2", runs: 1, statuses: { failed: 1 }, hours: 0.5 },
  ]);
});
