/** Runs: reading one, its parts, and what people do with it. */
import { get, post, requestEnvelope } from "./client";
import type { Activity, Comment, Issue, PerformanceRun, PytestResult, ResultTable, Run, RunRow, SctEvent } from "./types";

export const runsOfTest = (testId: string, limit: number, additionalRuns: readonly string[] = []): Promise<RunRow[]> =>
  get(`/api/v1/test/${testId}/runs`, { limit, additionalRuns });
/** Null when there is no such run. */
export const run = (plugin: string, runId: string): Promise<Run | null> => get(`/api/v1/run/${encodeURIComponent(plugin)}/${runId}`);
export const runType = async (runId: string): Promise<string> => (await get<{ run_type: string }>(`/api/v1/run/${runId}/type`)).run_type;

const events = (runId: string, severity: string): string => `/api/v1/client/sct/${runId}/events/${severity}`;
/** The oldest `limit` events of one severity, ascending. */
export const eventsOf = (runId: string, severity: string, limit: number): Promise<SctEvent[]> => get(`${events(runId, severity)}/get`, { limit });
export const eventCount = (runId: string, severity: string): Promise<number> => get(`${events(runId, severity)}/count`);

export interface NamedTable extends ResultTable {
  name: string;
}

export async function results(testId: string, runId: string): Promise<NamedTable[]> {
  const envelope = (await requestEnvelope("GET", `/api/v1/run/${testId}/${runId}/fetch_results`)) as { tables?: Record<string, ResultTable>[] };
  return (envelope.tables ?? []).flatMap((item) => Object.entries(item).map(([name, table]) => ({ name, ...table })));
}

export const pytestResults = (runId: string): Promise<PytestResult[]> => get(`/api/v1/run/${runId}/pytest/results`);
export const activity = (runId: string): Promise<Activity> => get(`/api/v1/run/${runId}/activity`);
export const stressCommands = (runId: string): Promise<{ cmd: string; ts: string; log_name: string | null; node_name: string | null }[]> =>
  get(`/api/v1/client/sct/${runId}/stress_cmd/get`);
/** Earlier runs of the same job and test. */
export const performanceHistory = (runId: string): Promise<PerformanceRun[]> => get(`/api/v1/client/sct/${runId}/performance/history`);
export const configFiles = (runId: string): Promise<{ name: string; content: string }[]> => get(`/api/v1/client/${runId}/config/all`);

const triage = (testId: string, runId: string): string => `/api/v1/test/${testId}/run/${runId}`;
export const setStatus = (testId: string, runId: string, status: string): Promise<unknown> => post(`${triage(testId, runId)}/status/set`, { status });
export const setInvestigation = (testId: string, runId: string, investigation_status: string): Promise<unknown> =>
  post(`${triage(testId, runId)}/investigation_status/set`, { investigation_status });
/** `null` takes the assignment away. */
export const setAssignee = (testId: string, runId: string, assignee: string | null): Promise<unknown> =>
  post(`${triage(testId, runId)}/assignee/set`, { assignee: assignee ?? "none-none-none" });

export const comments = (runId: string): Promise<Comment[]> => get(`/api/v1/run/${runId}/comments`);
export const postComment = (testId: string, runId: string, message: string): Promise<Comment[]> =>
  post(`${triage(testId, runId)}/comments/submit`, { message, reactions: {}, mentions: [] });
export const updateComment = (testId: string, runId: string, comment: Comment, message: string): Promise<Comment[]> =>
  post(`${triage(testId, runId)}/comment/${comment.id}/update`, { message, reactions: comment.reactions, mentions: comment.mentions });
export const deleteComment = (testId: string, runId: string, id: string): Promise<Comment[]> => post(`${triage(testId, runId)}/comment/${id}/delete`);

export const issuesOfRun = (runId: string): Promise<Issue[]> => get("/api/v1/issues/get", { filterKey: "run_id", id: runId, aggregateByIssue: 0 });
/** Issues of all runs of a test, each once. */
export const issuesOfTest = (testId: string): Promise<Issue[]> => get("/api/v1/issues/get", { filterKey: "test_id", id: testId, aggregateByIssue: 1 });
export const addIssue = (testId: string, runId: string, issue_url: string): Promise<unknown> => post(`${triage(testId, runId)}/issues/submit`, { issue_url });
export const removeIssue = (runId: string, issue_id: string): Promise<unknown> => post("/api/v1/issues/delete", { issue_id, run_id: runId });

/** A link to a log, as test frameworks submit it. */
export const addLog = (plugin: string, runId: string, log_name: string, log_link: string): Promise<unknown> =>
  post(`/api/v1/client/testrun/${encodeURIComponent(plugin)}/${runId}/logs/submit`, { schema_version: "v8", logs: [{ log_name, log_link }] });
/** Mark every run of a test that failed and was not looked at as ignored; answers how many. */
export const ignoreRuns = async (testId: string, reason: string): Promise<number> => (await post<{ affectedJobs: number }>("/api/v1/ignore_jobs", { testId, reason })).affectedJobs;
