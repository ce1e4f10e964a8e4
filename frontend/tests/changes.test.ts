import { describe, expect, it } from "vitest";
import type { Stats, TestStats } from "../src/api/types";
import { counted, meaningOf, topicsOf } from "../src/board/changes";
import { fromStats } from "../src/board/source";
import { RESYNC, type Change } from "../src/lib/live.svelte";

const run = (id: string, build_number: number, status: string) => ({ id, build_number, status });
const item = { test: { id: "t" }, status: "running", hasComments: false, last_runs: [run("r2", 2, "running"), run("r1", 1, "passed")] } as unknown as TestStats;
const stats = { running: 1, passed: 0, total: 1, groups: { g: { group: { id: "g", name: "g" }, tests: { t: item } } } } as unknown as Stats;
const before = new Map(fromStats(stats).rows.map((row) => [row.key, row]));
const change = (type: string, data: Record<string, unknown>): Change => ({ type, topic: "test:t", seq: 1, data: { test_id: "t", ...data } });

describe("what a board hears", () => {
  it("changes the status in its row, and the counts with it", () => {
    const meaning = meaningOf(change("run", { run_id: "r2", status: "failed" }), item);
    expect(meaning).toMatchObject({ kind: "row", item: { status: "failed", last_runs: [{ id: "r2", status: "failed" }, { id: "r1", status: "passed" }] } });
    const changed = new Map(meaning.kind === "row" ? [["t", meaning.item]] : []);
    expect(counted({ running: 1, passed: 0, total: 1, token: "x" }, before, changed)).toMatchObject({ running: 0, failed: 1, passed: 0, total: 1 });
  });

  it("keeps the test's status when an older build changes", () => {
    expect(meaningOf(change("run", { run_id: "r1", status: "failed" }), item)).toMatchObject({ kind: "row", item: { status: "running" } });
  });

  it("lets new runs wait, marks comments, and asks again for what it was not told", () => {
    expect(meaningOf(change("run", { run_id: "r3", new: true }), item)).toEqual({ kind: "waits", run: "r3", fresh: true });
    expect(meaningOf(change("comments", { run_id: "r2" }), item)).toMatchObject({ kind: "row", item: { hasComments: true } });
    expect(meaningOf(change("run", { run_id: "r2", columns: ["assignee"] }), item)).toEqual({ kind: "again" });
    expect(meaningOf(change("run", { run_id: "r9", status: "failed" }), item)).toEqual({ kind: "again" });
    expect(meaningOf({ type: RESYNC, topic: "", seq: 0, data: {} }, undefined)).toEqual({ kind: "again" });
  });

  it("does not care for tests that it does not show", () => {
    expect(meaningOf(change("run", { run_id: "r9", new: true }), undefined)).toEqual({ kind: "nothing" });
  });

  it("lets wait what becomes of tests that it does not know yet", () => {
    expect(meaningOf(change("run", { run_id: "r9", new: true }), undefined, true)).toEqual({ kind: "waits", run: "r9", fresh: true });
    expect(meaningOf(change("run", { run_id: "r9", status: "failed" }), undefined, true)).toEqual({ kind: "waits", run: "r9", fresh: false });
    expect(meaningOf(change("comments", { run_id: "r9" }), undefined, true)).toEqual({ kind: "nothing" });
  });

  it("follows a release, a few tests, or all runs", () => {
    expect([topicsOf("r", []), topicsOf(undefined, ["t"])]).toEqual([["release:r"], ["test:t"]]);
    expect(topicsOf(undefined, Array.from({ length: 90 }, (_, index) => `t${index}`))).toEqual(["runs"]);
  });
});
