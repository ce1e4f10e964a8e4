/** Numbers of the widgets: nemeses by name, runs by version. */

export interface NemesisRecord {
  version: string;
  name: string;
  start_time: number;
  duration: number;
  status: string;
  run_id: string;
  stack_trace: string | null;
}

export interface NemesisTotal {
  name: string;
  succeeded: number;
  failed: number;
  /** Failed of all, 0 to 1. */
  rate: number;
  /** Seconds. */
  median: number;
  /** Newest first. */
  failures: readonly NemesisRecord[];
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** Most failures first. */
export function nemesisTotals(records: readonly NemesisRecord[]): NemesisTotal[] {
  const byName = new Map<string, NemesisRecord[]>();
  for (const record of records) byName.set(record.name, [...(byName.get(record.name) ?? []), record]);
  return [...byName]
    .map(([name, items]) => {
      const failures = items.filter((item) => item.status === "failed").sort((a, b) => b.start_time - a.start_time);
      return { name, succeeded: items.length - failures.length, failed: failures.length, rate: failures.length / items.length, median: median(items.map((item) => item.duration)), failures };
    })
    .sort((a, b) => b.failed - a.failed || a.name.localeCompare(b.name));
}

export interface RunRecord {
  build_id: string;
  start_time: number;
  duration: number;
  status: string;
  version: string;
  investigation_status: string;
  run_id: string;
}

export interface VersionTotal {
  version: string;
  runs: number;
  statuses: Record<string, number>;
  hours: number;
}

/** Runs by version, the version of the newest run first. */
export function versionTotals(runs: readonly RunRecord[]): VersionTotal[] {
  const totals = new Map<string, VersionTotal>();
  for (const run of [...runs].sort((a, b) => b.start_time - a.start_time)) {
    const total = totals.get(run.version) ?? { version: run.version, runs: 0, statuses: {}, hours: 0 };
    total.runs++;
    total.statuses[run.status] = (total.statuses[run.status] ?? 0) + 1;
    total.hours += run.duration / 3600;
    totals.set(run.version, total);
  }
  return [...totals.values()];
}
