/** What is told of runs while a board is shown: statuses change in their row, new runs wait, and for the rest it asks again. */
import type { Change } from "../lib/live.svelte";
import { RESYNC } from "../lib/live.svelte";
import type { Stats, TestStats } from "../api/types";
import { shownRun } from "./lines";

const MOST_TOPICS = 80; // a stream has at most 100, and other parts of the page have some

/** Of what a board has to hear. */
export function topicsOf(release: string | undefined, stats: Stats | undefined): string[] {
  if (release) return [`release:${release}`];
  const tests = testsOf(stats);
  return tests.size <= MOST_TOPICS ? [...tests.keys()].map((id) => `test:${id}`) : ["runs"];
}

export function testsOf(stats: Stats | undefined): Map<string, TestStats> {
  return new Map(Object.values(stats?.groups ?? {}).flatMap((group) => Object.entries(group.tests)));
}

export type Meaning = { kind: "nothing" } | { kind: "again" } | { kind: "new"; run: string } | { kind: "row"; item: TestStats };

/** What a change means to a board that shows `item` for its test; undefined: it shows no such test. */
export function meaningOf(change: Change, item: TestStats | undefined): Meaning {
  if (change.type === RESYNC) return { kind: "again" };
  if (!item) return { kind: "nothing" };
  const { run_id: runId, status } = change.data;
  if (change.type === "comments") return { kind: "row", item: { ...item, hasComments: true } };
  if (change.type === "issues") return { kind: "again" };
  if (change.type !== "run" || typeof runId !== "string") return { kind: "nothing" };
  if (change.data.new) return { kind: "new", run: runId };
  if (typeof status !== "string" || !item.last_runs.some((run) => run.id === runId)) return { kind: "again" };
  const last_runs = item.last_runs.map((run) => (run.id === runId ? { ...run, status } : run));
  return { kind: "row", item: { ...item, last_runs, status: shownRun(item)?.id === runId ? status : item.status } };
}

/** How many tests have a status, when some rows are other than in the statistics. */
export function counted(stats: Stats | undefined, changed: ReadonlyMap<string, TestStats>): Record<string, number> {
  const counts = Object.fromEntries(Object.entries(stats ?? {}).flatMap(([name, value]) => (typeof value === "number" ? [[name, value]] : [])));
  const before = testsOf(stats);
  for (const [id, item] of changed) {
    const was = before.get(id)?.status;
    if (was === undefined || was === item.status) continue;
    counts[was] = (counts[was] ?? 0) - 1;
    counts[item.status] = (counts[item.status] ?? 0) + 1;
  }
  return counts;
}
