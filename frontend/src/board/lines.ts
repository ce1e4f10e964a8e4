/** The dashboard as one list of lines, a line a group or a test, and which of them are drawn. */
import { displayName } from "../api/catalogue";
import type { LastRun, TestStats } from "../api/types";
import { hasFailed, STATUS_ORDER } from "../lib/status";
import { millis } from "../lib/time";
import type { Chosen } from "../triage/selection.svelte";
import type { BoardGroup, Row } from "./source";

export interface Section {
  group: BoardGroup;
  rows: Row[];
}

export type Line =
  | { kind: "group"; key: string; group: BoardGroup; rows: number; counts: [string, number][]; open: boolean }
  | { kind: "test"; key: string; row: Row };

const NOT_HERE = ["not_planned", "not_run"];

/** Nobody has to look at a group whose tests passed or did not run. */
export function isGreen(statuses: readonly string[]): boolean {
  return statuses.every((status) => status === "passed" || NOT_HERE.includes(status));
}

function countsOf(rows: readonly Row[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(row.status, (counts.get(row.status) ?? 0) + 1);
  return STATUS_ORDER.flatMap((status): [string, number][] => (counts.has(status) ? [[status, counts.get(status) ?? 0]] : []));
}

/**
 * Every line, in order.
 * @param toggled groups that are not as they are at first
 * @param searching somebody looks for something: green groups are open, too
 */
export function linesOf(sections: readonly Section[], toggled: ReadonlySet<string>, searching: boolean, flat: boolean): Line[] {
  return sections.flatMap(({ group, rows }): Line[] => {
    const tests = rows.map((row): Line => ({ kind: "test", key: row.key, row }));
    if (flat) return tests;
    const open = (searching && group.green) || group.green === toggled.has(group.id);
    return [{ kind: "group", key: group.id, group, rows: rows.length, counts: countsOf(rows), open }, ...(open ? tests : [])];
  });
}

/** The run whose state a test shows: of several of the newest build the one that counts. */
export function shownRun(item: TestStats): LastRun | undefined {
  const newest = item.last_runs[0];
  return item.last_runs.find((run) => run.build_number === newest?.build_number && run.status === item.status) ?? newest;
}

export function chosenOf(item: TestStats): Chosen | undefined {
  const run = shownRun(item);
  return run && { test_id: item.test.id, run_id: run.id, name: `${displayName(item.test)} #${run.build_number ?? "?"}` };
}

export type Trend = "worse" | "better" | "same";

/** Whether the newest finished build is another than the one before it. */
export function trendOf(item: TestStats): Trend {
  const finished = item.last_runs.filter((run) => hasFailed(run.status) || run.status === "passed");
  const build = finished[0]?.build_number;
  const before = finished.find((run) => run.build_number !== build);
  if (!finished[0] || !before) return "same";
  const failed = finished.some((run) => run.build_number === build && hasFailed(run.status));
  return failed === hasFailed(before.status) ? "same" : failed ? "worse" : "better";
}

export interface Took {
  seconds: number;
  /** Of the median of the other builds, in percent; undefined when there are fewer than two of them. */
  off: number | undefined;
}

/** How long the shown run took, against the median of the builds before it. */
export function tookOf(item: TestStats): Took | undefined {
  const run = shownRun(item);
  const seconds = run && secondsOf(run);
  if (seconds === undefined) return undefined;
  const others = item.last_runs.filter((other) => other.id !== run?.id).flatMap((other) => secondsOf(other) ?? []);
  const middle = median(others);
  return { seconds, off: others.length > 1 && middle ? Math.round((seconds / middle - 1) * 100) : undefined };
}

function secondsOf(run: LastRun): number | undefined {
  const start = millis(run.start_time);
  const end = millis(run.end_time);
  return start === null || end === null || end < start ? undefined : (end - start) / 1000;
}

export function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : sorted.length ? ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2 : undefined;
}

export interface Drawn {
  from: number;
  to: number;
  /** Heights in pixels of what is not drawn. */
  above: number;
  below: number;
}

export const ALL_DRAWN = 60; // lines that are drawn whatever is seen of them
const MARGIN = 12; // lines drawn beyond what is seen

/** Which lines are drawn when the list begins `top` pixels above the upper edge of a window. */
export function drawn(count: number, height: number, top: number, windowHeight: number): Drawn {
  if (count <= ALL_DRAWN) return { from: 0, to: count, above: 0, below: 0 };
  const first = Math.floor(Math.max(top, 0) / height) - MARGIN;
  const from = Math.min(Math.max(first, 0), Math.max(count - 1, 0));
  const to = Math.min(Math.max(first, 0) + Math.ceil(windowHeight / height) + 2 * MARGIN, count);
  return { from, to, above: from * height, below: (count - to) * height };
}
