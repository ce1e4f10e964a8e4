/** Events like one that a run sent, in other runs. */
import { get, post } from "./client";
import type { Issue, SctEvent } from "./types";

export interface SimilarRun {
  id: string;
  build_id: string | null;
  start_time: string | null;
  version: string;
  issues: Pick<Issue, "subtype" | "state" | "number" | "title" | "url" | "owner" | "repo" | "key" | "summary" | "permalink">[];
}

const LIMIT = 50;

/** The runs that sent an event like this one, the most similar first; those of which nothing more is known are left out. */
export async function similarRuns(runId: string, event: SctEvent): Promise<SimilarRun[]> {
  const found = await post<{ run_id: string }[]>(`/api/v1/client/sct/${runId}/event/similar`, { severity: event.severity, ts: event.ts, limit: LIMIT });
  if (found.length === 0) return [];
  const ids = [...new Set(found.map((item) => item.run_id))];
  const infos = await post<Record<string, Omit<SimilarRun, "id">>>("/api/v1/client/sct/similar_runs_info", { run_ids: ids });
  return ids.flatMap((id) => (infos[id] ? [{ id, ...infos[id] }] : []));
}

export const addIssueToEvent = (testId: string, runId: string, eventId: string, issue_url: string): Promise<unknown> =>
  post(`/api/v1/test/${testId}/run/${runId}/issues/event/${eventId}/submit`, { issue_url });
export const issuesOfTest = (testId: string): Promise<Issue[]> => get("/api/v1/issues/get", { filterKey: "test_id", id: testId, aggregateByIssue: 1 });
