/** Documents, the jobs that read them, their tables, workspaces and keys. */
import { ask, type Listed } from "./extension";

export interface Workspace {
  workspace_id: string;
  name: string;
  role: string;
  is_default: boolean;
  permissions?: string[];
}

export interface Member {
  user_id: string;
  username: string;
  role: string;
  joined_at: string;
}

export interface ApiKey {
  api_key_id: string;
  api_key?: string;
  token_prefix: string;
  label: string;
  scopes: string[];
  created_at: string;
  expires_at: string | null;
  last_seen_at?: string | null;
  last_seen_ip?: string | null;
  revoked_at?: string | null;
}

export interface ArtifactDocument {
  document_id: string;
  original_filename: string;
  content_type: string;
  byte_size: number;
  document_type: string | null;
  run_id: string | null;
  produced_by_job_id: string | null;
  created_by: string;
  created_at: string;
  download_url: string;
  duplicate?: boolean;
}

export type JobStatus = "pending" | "running" | "success" | "failed" | "cancelled";

export interface Job {
  job_id: string;
  document_id: string;
  configuration_version: number;
  status: JobStatus;
  attempt: number;
  created_by: string;
  created_at: string;
  started_at: string | null;
  completed_at: string | null;
  duration_ms: number | null;
  metrics: Record<string, number | string>;
  logs: { at: string; level: string; message: string }[];
  error: { code: string; message: string } | null;
  exports: { table_id: string; document_id: string | null; error: string | null }[];
}

export interface TableColumn {
  name: string;
  type: string;
  unit: string;
}

export interface ArtifactTable {
  table_id: string;
  job_id: string;
  sequence_index: number;
  title: string;
  row_count: number;
  columns: TableColumn[];
  sample_rows: Record<string, string>[];
  metadata: { page?: number; sheet?: string; issue_count?: number };
  export: { document_id: string; download_url: string } | null;
  published: { run_id: string; name: string; published_at: string }[];
}

export interface TableRows {
  columns: TableColumn[];
  items: { row_index: number; cells: string[] }[];
  next_cursor: string | null;
}

export interface TimelineEvent {
  event_id: string;
  event_type: string;
  occurred_at: string;
  actor_label: string | null;
  payload: Record<string, unknown>;
}

export const unfinished = (job: Job): boolean => job.status === "pending" || job.status === "running";

export const workspaces = (): Promise<Listed<Workspace>> => ask("GET", "/workspaces", { query: { limit: 200 } });
export const workspace = (id: string): Promise<Workspace> => ask("GET", `/workspaces/${id}`);
export const makeWorkspace = (name: string): Promise<Workspace> => ask("POST", "/workspaces", { body: { name } });
export const renameWorkspace = (id: string, name: string): Promise<Workspace> => ask("PATCH", `/workspaces/${id}`, { body: { name } });
export const dropWorkspace = (id: string): Promise<void> => ask("DELETE", `/workspaces/${id}`);
export const useByDefault = (id: string): Promise<void> => ask("POST", `/workspaces/${id}/default`);
export const members = (id: string): Promise<Listed<Member>> => ask("GET", `/workspaces/${id}/members`, { query: { limit: 200 } });
export const addMember = (id: string, user: string, role: string): Promise<Member> => ask("POST", `/workspaces/${id}/members`, { body: { user_id: user, role } });
export const changeRole = (id: string, user: string, role: string): Promise<Member> => ask("PATCH", `/workspaces/${id}/members/${user}`, { body: { role } });
export const dropMember = (id: string, user: string): Promise<void> => ask("DELETE", `/workspaces/${id}/members/${user}`);

export const apiKeys = (): Promise<Listed<ApiKey>> => ask("GET", "/auth/api-keys", { query: { limit: 200 } });
export const makeApiKey = (label: string, days: number | null, scopes: string[]): Promise<ApiKey> => ask("POST", "/auth/api-keys", { body: { label, expires_in_days: days, scopes } });
export const revokeApiKey = (id: string): Promise<void> => ask("DELETE", `/auth/api-keys/${id}`);

export const documents = (space: string, run: string | undefined, cursor?: string): Promise<Listed<ArtifactDocument>> =>
  ask("GET", "/documents", { workspace: space, query: { run_id: run, cursor } });
export const dropDocument = (space: string, id: string): Promise<void> => ask("DELETE", `/documents/${id}`, { workspace: space, body: {} });
export const jobs = (space: string, filter: { document_id?: string; status?: string; cursor?: string | undefined }): Promise<Listed<Job>> =>
  ask("GET", "/jobs", { workspace: space, query: filter });
export const job = (space: string, id: string): Promise<Job> => ask("GET", `/jobs/${id}`, { workspace: space });
export const submitJob = (space: string, document: string): Promise<Job> => ask("POST", "/jobs", { workspace: space, body: { document_id: document } });
export const cancelJob = (space: string, id: string): Promise<Job> => ask("POST", `/jobs/${id}/cancel`, { workspace: space });
export const retryJob = (space: string, id: string): Promise<Job> => ask("POST", `/jobs/${id}/retry`, { workspace: space });
export const jobEvents = (space: string, id: string): Promise<Listed<TimelineEvent>> => ask("GET", `/jobs/${id}/events`, { workspace: space, query: { limit: 200 } });
export const tables = (space: string, id: string): Promise<Listed<ArtifactTable>> => ask("GET", `/documents/${id}/tables`, { workspace: space });
export const rows = (space: string, table: ArtifactTable, cursor?: string): Promise<TableRows> =>
  ask("GET", `/jobs/${table.job_id}/tables/${table.table_id}/rows`, { workspace: space, query: { limit: 50, cursor } });
export const publish = (space: string, table: ArtifactTable, body: { run_id: string; name: string; row_column: string }): Promise<{ message: string }> =>
  ask("POST", `/jobs/${table.job_id}/tables/${table.table_id}/publish`, { workspace: space, body });
