/** The vocabularies of status: label, tone (the colour token) and icon (so that colour is never the only difference). */

export type Tone = "good" | "bad" | "caution" | "fault" | "active" | "fresh" | "quiet";

export interface Look {
  label: string;
  tone: Tone;
  icon: string;
}

const RUN: Record<string, Look> = {
  passed: { label: "Passed", tone: "good", icon: "check" },
  failed: { label: "Failed", tone: "bad", icon: "cross" },
  test_error: { label: "Test error", tone: "caution", icon: "warning" },
  error: { label: "Error", tone: "fault", icon: "warning" },
  aborted: { label: "Aborted", tone: "quiet", icon: "stop" },
  running: { label: "Running", tone: "active", icon: "play" },
  created: { label: "Created", tone: "fresh", icon: "circle" },
  not_run: { label: "Not run", tone: "quiet", icon: "dash" },
  not_planned: { label: "Not planned", tone: "quiet", icon: "dash" },
  skipped: { label: "Skipped", tone: "quiet", icon: "dash" },
};

const INVESTIGATION: Record<string, Look> = {
  not_investigated: { label: "Not investigated", tone: "bad", icon: "eye-off" },
  in_progress: { label: "In progress", tone: "active", icon: "search" },
  investigated: { label: "Investigated", tone: "good", icon: "eye" },
  ignored: { label: "Ignored", tone: "quiet", icon: "stop" },
};

const NEMESIS: Record<string, Look> = {
  started: { label: "Started", tone: "fresh", icon: "circle" },
  running: { label: "Running", tone: "active", icon: "play" },
  failed: { label: "Failed", tone: "bad", icon: "cross" },
  skipped: { label: "Skipped", tone: "quiet", icon: "dash" },
  succeeded: { label: "Succeeded", tone: "good", icon: "check" },
  terminated: { label: "Terminated", tone: "quiet", icon: "stop" },
};

const CELL: Record<string, Look> = {
  PASS: { label: "Pass", tone: "good", icon: "check" },
  ERROR: { label: "Error", tone: "bad", icon: "cross" },
  WARNING: { label: "Warning", tone: "active", icon: "warning" },
  UNSET: { label: "Not judged", tone: "quiet", icon: "dash" },
};

const SEVERITY: Record<string, Look> = {
  CRITICAL: { label: "Critical", tone: "bad", icon: "cross" },
  ERROR: { label: "Error", tone: "caution", icon: "warning" },
  WARNING: { label: "Warning", tone: "active", icon: "warning" },
  NORMAL: { label: "Normal", tone: "fresh", icon: "circle" },
  DEBUG: { label: "Debug", tone: "quiet", icon: "circle" },
};

/** Cases of pytest, JUnit, driver matrix and Sirenada, whose words differ by framework. */
export function caseLook(status: string | null | undefined): Look {
  const text = status ?? "unknown";
  const label = text.charAt(0).toUpperCase() + text.slice(1);
  // expected to fail: it did (nobody need look), or it did not (somebody should)
  if (text === "xfailed" || text === "xfail") return { label: "Expected failure", tone: "quiet", icon: "dash" };
  if (text === "xpass" || text === "xpassed") return { label: "Passed unexpectedly", tone: "caution", icon: "warning" };
  if (text.includes("fail")) return { label, tone: "bad", icon: "cross" };
  if (text.includes("error")) return { label, tone: "caution", icon: "warning" };
  if (text === "passed" || text === "success") return { label, tone: "good", icon: "check" };
  return { label, tone: "quiet", icon: "dash" };
}

/** Whether a case needs somebody. */
export const caseIsBad = (status: string): boolean => !status.startsWith("xfail") && /fail|error/.test(status);

const UNKNOWN: Look = { label: "Unknown", tone: "quiet", icon: "dash" };
const look = (table: Record<string, Look>) => (status: string | null | undefined): Look =>
  table[status ?? ""] ?? { ...UNKNOWN, label: status ? status.replaceAll("_", " ") : UNKNOWN.label };

export const runLook = look(RUN);
export const investigationLook = look(INVESTIGATION);
/** The investigation of one run: nobody has to look at one that passed or still goes on, so nothing calls for it. */
export function investigationOf(run: { status: string; investigation_status: string }): Look {
  const found = investigationLook(run.investigation_status);
  return run.investigation_status === "not_investigated" && !hasFailed(run.status) ? { ...found, tone: "quiet", icon: "dash" } : found;
}

export const nemesisLook = look(NEMESIS);
export const cellLook = look(CELL);
export const severityLook = look(SEVERITY);

export const SETTABLE_STATUSES = ["failed", "test_error", "passed", "aborted"] as const;
export const INVESTIGATION_STATUSES = Object.keys(INVESTIGATION);
export const SEVERITIES = Object.keys(SEVERITY);
/** The order in which counts are shown: what needs somebody first. */
export const STATUS_ORDER = ["failed", "test_error", "error", "running", "created", "aborted", "passed", "not_run", "not_planned"] as const;

const PRIORITY: Record<string, number> = { failed: 0, test_error: 0, error: 1, aborted: 2, passed: 4, running: 5, created: 6, skipped: 9, not_run: 10, not_planned: 20 };

/** Where a test stands in a list: failures first. */
export function statusPriority(status: string | undefined): number {
  return status === undefined ? 7 : (PRIORITY[status] ?? 999);
}

export function inProgress(status: string): boolean {
  return status === "created" || status === "running";
}

export function hasFailed(status: string): boolean {
  return status === "failed" || status === "test_error" || status === "error" || status === "aborted";
}

/** The sign of a status in a page title, where there is no colour. */
export function titleSign(status: string): string {
  if (status === "passed") return "✓";
  if (inProgress(status)) return "…";
  return status === "aborted" ? "■" : "✗";
}
