/** The deduper: clusters of a run's events, and the jobs that find them. Its answers have no envelope and real status codes. */
import { ApiError, TIMEOUT_MS, parseJson, urlOf, type Query } from "./client";
import { lasting } from "./lasting";

export interface DedupeJob {
  job_id: string;
  status: "pending" | "running" | "completed" | "failed" | "cancelled";
  createdAt: string;
  progress: { percent: number; message: string } | null;
  error: { code: string; message: string } | null;
}

export interface Cluster {
  clusterId: string;
  severity: string;
  eventType: string;
  size: number;
  runs: number;
  firstSeen: string;
  lastSeen: string;
  signature: string;
  representative: { run_id: string; ts: string; event_id: string | null; message: string };
  nodes: string[];
}

export interface ClusterPage {
  computedAt: string;
  stale: boolean;
  items: Cluster[];
  next_cursor: string | null;
}

export interface Member {
  runId: string;
  severity: string;
  ts: string;
  eventId: string | null;
  node: string;
  similarity: number;
  message: string | null;
}

export interface MemberPage {
  items: Member[];
  next_cursor: string | null;
}

interface Refused {
  error?: string;
  code?: string;
}

async function ask<T>(method: string, path: string, query: Query = {}, body?: unknown): Promise<T> {
  const init: RequestInit = { method, credentials: "same-origin", signal: AbortSignal.timeout(TIMEOUT_MS), headers: { Accept: "application/json" } };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { Accept: "application/json", "Content-Type": "application/json" };
  }
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(urlOf(path, query), lasting(method, init));
    text = await answer.text();
  } catch {
    throw new ApiError("The server cannot be reached.", { status: 0 });
  }
  const json = (answer.headers.get("Content-Type") ?? "").startsWith("application/json") ? parseJson(text) : {};
  if (answer.ok) return json as T;
  const refused = json as Refused;
  throw new ApiError(refused.error ?? `The server answered ${answer.status}.`, { status: answer.status, exception: refused.code });
}

/** The clusters of a run, the largest first; none while no job has completed. */
export async function clustersOf(runId: string, severities: readonly string[], cursor?: string): Promise<ClusterPage | null> {
  try {
    return await ask("GET", `/deduper/reports/${runId}/clusters`, { limit: 200, severity: severities.length === 1 ? severities[0] : undefined, cursor });
  } catch (error) {
    if (error instanceof ApiError && error.exception === "no_result") return null;
    throw error;
  }
}

export const membersOf = (runId: string, clusterId: string, cursor?: string): Promise<MemberPage> => ask("GET", `/deduper/reports/${runId}/clusters/${clusterId}/events`, { limit: 200, cursor });

/** The newest job of a run; none where there never was one. */
export async function lastJob(runId: string): Promise<DedupeJob | null> {
  const { jobs } = await ask<{ jobs: DedupeJob[] }>("GET", "/deduper/jobs", { lookup: true, reportId: runId, limit: 1 });
  return jobs[0] ?? null;
}

/** Start a job for a run, or get the one that is active. */
export async function startJob(runId: string): Promise<void> {
  try {
    await ask("POST", "/deduper/jobs", {}, { reportId: runId });
  } catch (error) {
    if (!(error instanceof ApiError && error.exception === "job_active")) throw error;
  }
}
