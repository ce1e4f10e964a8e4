/** What is told of runs while a board is shown: statuses change in their row, new runs wait, and for the rest it asks again. */
import type { Change } from "../lib/live.svelte";
import { RESYNC } from "../lib/live.svelte";
import type { TestStats } from "../api/types";
import { shownRun } from "./lines";
import type { Row } from "./source";

const MOST_TOPICS = 80; // a stream has at most 100, and other parts of the page have some

/** Of what a board of these tests has to hear. */
export function topicsOf(release: string | undefined, tests: readonly string[]): string[] {
  if (release) return [`release:${release}`];
  return tests.length <= MOST_TOPICS ? tests.map((id) => `test:${id}`) : ["runs"];
}

export type Meaning = { kind: "nothing" } | { kind: "again" } | { kind: "waits"; run: string; fresh: boolean } | { kind: "row"; item: TestStats };

/**
 * What a change means to a board.
 * @param item the test as the board shows it; undefined: it does not know it
 * @param more whether it has tests that it does not know yet; what becomes of them waits
 */
export function meaningOf(change: Change, item: TestStats | undefined, more = false): Meaning {
  if (change.type === RESYNC) return { kind: "again" };
  if (!item) return more && change.type === "run" && typeof change.data.run_id === "string" ? { kind: "waits", run: change.data.run_id, fresh: change.data.new === true } : { kind: "nothing" };
  const { run_id: runId, status } = change.data;
  if (change.type === "comments") return { kind: "row", item: { ...item, hasComments: true } };
  if (change.type === "issues") return { kind: "again" };
  if (change.type !== "run" || typeof runId !== "string") return { kind: "nothing" };
  if (change.data.new) return { kind: "waits", run: runId, fresh: true };
  if (typeof status !== "string" || !item.last_runs.some((run) => run.id === runId)) return { kind: "again" };
  const last_runs = item.last_runs.map((run) => (run.id === runId ? { ...run, status } : run));
  return { kind: "row", item: { ...item, last_runs, status: shownRun(item)?.id === runId ? status : item.status } };
}

/** How many tests have a status, when some rows are other than when they were counted. */
export function counted(counts: Record<string, unknown>, before: ReadonlyMap<string, Row>, changed: ReadonlyMap<string, TestStats>): Record<string, number> {
  const now = Object.fromEntries(Object.entries(counts).flatMap(([name, value]) => (typeof value === "number" ? [[name, value]] : [])));
  for (const [id, item] of changed) {
    const was = before.get(id)?.status;
    if (was === undefined || was === item.status) continue;
    now[was] = (now[was] ?? 0) - 1;
    now[item.status] = (now[item.status] ?? 0) + 1;
  }
  return now;
}
