/** Metrics of a performance run against those of earlier runs: what changed, in percent, positive where it got better. */
import type { PerformanceRun } from "../api/types";

export const METRICS = [
  { name: "perf_op_rate_total", title: "Operations a second", higherIsBetter: true },
  { name: "perf_op_rate_average", title: "Operations a second and loader", higherIsBetter: true },
  { name: "perf_avg_latency_99th", title: "Latency, 99th percentile [ms]", higherIsBetter: false },
  { name: "perf_avg_latency_mean", title: "Latency, mean [ms]", higherIsBetter: false },
  { name: "perf_total_errors", title: "Errors", higherIsBetter: false },
] as const;

type Metric = (typeof METRICS)[number];

export interface Other {
  run: PerformanceRun;
  value: number;
  /** By how many percent this run is better; negative: worse. */
  off: number | undefined;
}

export interface Against {
  version: string;
  metric: Metric;
  last: Other;
  best: Other;
}

/** The last and the best earlier run of each version, metric by metric. */
export function againstVersions(run: Partial<PerformanceRun>, earlier: readonly PerformanceRun[]): Against[] {
  const byVersion: Record<string, PerformanceRun[]> = {};
  for (const other of [...earlier].sort((a, b) => b.start_time.localeCompare(a.start_time))) (byVersion[other.scylla_version ?? "unknown"] ??= []).push(other);
  return Object.entries(byVersion).flatMap(([version, runs]) =>
    METRICS.flatMap((metric): Against[] => {
      const others = runs.flatMap((other): Other[] => {
        const value = other[metric.name];
        return typeof value === "number" ? [{ run: other, value, off: percent(run[metric.name], value, metric) }] : [];
      });
      const [last] = others;
      if (!last) return [];
      const best = others.reduce((a, b) => ((metric.higherIsBetter ? b.value > a.value : b.value < a.value) ? b : a));
      return [{ version, metric, last, best }];
    }),
  );
}

function percent(mine: number | null | undefined, other: number, metric: Metric): number | undefined {
  if (typeof mine !== "number" || other === 0) return undefined;
  return Math.round(((mine - other) / other) * 100 * (metric.higherIsBetter ? 1 : -1));
}
