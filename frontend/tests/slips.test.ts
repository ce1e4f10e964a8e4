import { describe, expect, it } from "vitest";
import { slipsOf, type Entry } from "../src/lib/slips";

const status = (id: string, second: number, from: string, to: string, more: Partial<Entry> = {}): Entry => ({
  id, user_id: "ann", run_id: "r", created_at: new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString(),
  body: JSON.stringify({ message: "Status was changed", old_status: from, new_status: to }), ...more,
});
const ids = (...entries: Entry[]): string[] => [...slipsOf(entries)].sort();

describe("a slip", () => {
  it("is a change that the same person took back within a minute", () => {
    expect(ids(status("1", 0, "failed", "passed"), status("2", 8, "passed", "failed"))).toEqual(["1", "2"]);
    expect(ids(status("1", 0, "failed", "passed"), status("2", 61, "passed", "failed"))).toEqual([]);
    expect(ids(status("1", 0, "failed", "passed"), status("2", 8, "passed", "failed", { user_id: "bob" }))).toEqual([]);
    expect(ids(status("1", 0, "failed", "passed"), status("2", 8, "passed", "failed", { run_id: "s" }))).toEqual([]);
  });
  it("ends where something else was done in between, and is one pair", () => {
    expect(ids(status("1", 0, "failed", "passed"), status("2", 2, "passed", "aborted"), status("3", 4, "aborted", "failed"))).toEqual([]);
    expect(ids(status("1", 0, "failed", "passed"), status("2", 2, "passed", "failed"), status("3", 4, "failed", "passed"))).toEqual(["1", "2"]);
  });
  it("is not looked for in entries without a before and an after", () => {
    expect(ids(status("1", 0, "", "", { body: "no JSON" }), status("2", 1, "", "", { body: null }))).toEqual([]);
  });
});
