/** Failures that other runs had as well. */
import { post } from "./client";
import type { Issue, SctEvent } from "./types";

export interface Seen {
  runs: number;
  /** Only the newest were looked at. */
  more: boolean;
  since: { run_id: string; version: string | null; start_time: string } | null;
  issues: (Partial<Issue> & { id: string; runs: number })[];
}

export const MOST_CASES = 20;

export const seenEvent = async (runId: string, event: SctEvent): Promise<Seen | undefined> =>
  (await post<Seen[]>(`/api/v1/client/sct/${runId}/events/seen_before`, { events: [{ severity: event.severity, ts: event.ts }] }))[0];

export async function seenCases(runId: string, names: readonly string[]): Promise<Record<string, Seen>> {
  const wanted = [...new Set(names)].slice(0, MOST_CASES);
  const found = wanted.length ? await post<(Seen & { name: string })[]>(`/api/v1/run/${runId}/cases/seen_before`, { names: wanted }) : [];
  return Object.fromEntries(found.map((seen) => [seen.name, seen]));
}
