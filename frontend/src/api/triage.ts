/** Decisions about many runs, by one request for every hundred of them. */
import { post } from "./client";

export interface RunRef {
  test_id: string;
  run_id: string;
}

export interface RunChange {
  status?: string;
  investigation_status?: string;
  /** A user's id, or `NOBODY`. */
  assignee?: string;
  issue_url?: string;
  comment?: string;
}

export interface TriagedRow extends RunRef {
  done: Record<string, string | null>;
  refused: { what: string; exception: string; message: string }[];
  undo: Record<string, unknown>;
}

export const NOBODY = "none-none-none";
export const MOST = 100; // runs of one request

async function inSlices<T>(items: readonly T[], ask: (slice: readonly T[]) => Promise<{ rows: TriagedRow[] }>): Promise<TriagedRow[]> {
  const rows: TriagedRow[] = [];
  for (let start = 0; start < items.length; start += MOST) rows.push(...(await ask(items.slice(start, start + MOST))).rows);
  return rows;
}

export const triageRuns = (runs: readonly RunRef[], change: RunChange): Promise<TriagedRow[]> =>
  inSlices(runs.map(({ test_id, run_id }) => ({ test_id, run_id })), (slice) => post("/api/v1/runs/triage", { runs: slice, change }));

export const undoTriage = (rows: readonly TriagedRow[]): Promise<TriagedRow[]> =>
  inSlices(
    rows.filter((row) => Object.keys(row.undo).length > 0).map(({ test_id, run_id, undo }) => ({ test_id, run_id, undo })),
    (slice) => post("/api/v1/runs/triage/undo", { rows: slice }),
  );
