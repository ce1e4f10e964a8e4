/** Nemeses and events of a run on one axis of time. */
import type { Histogram } from "../api/events";
import type { Nemesis, Run } from "../api/types";
import { millis } from "../lib/time";

export interface Band {
  nemesis: Nemesis;
  /** Parts of the whole axis, 0 to 1. */
  from: number;
  width: number;
  lane: number;
}

export interface Slot {
  from: number;
  width: number;
  critical: number;
  error: number;
  other: number;
}

export interface Timeline {
  /** Milliseconds of the epoch. */
  start: number;
  end: number;
  lanes: number;
  bands: Band[];
  slots: Slot[];
}

/** Null when the run has neither a nemesis nor an event; only events of the chosen severities are counted. */
export function timelineOf(run: Run, histogram: Histogram | undefined, severities: readonly string[], now: number): Timeline | null {
  const nemeses = [...(run.nemesis_data ?? [])].filter((nemesis) => nemesis.start_time > 0).sort((a, b) => a.start_time - b.start_time);
  const first = millis(histogram?.start);
  const bars = histogram && first !== null ? { first, width: histogram.seconds * 1000, count: Math.max(0, ...Object.values(histogram.counts).map((part) => part.length)) } : undefined;
  if (nemeses.length === 0 && !bars) return null;
  const ended = (nemesis: Nemesis): number => (nemesis.end_time ? nemesis.end_time * 1000 : now);
  const counted = bars ? [bars.first, bars.first + bars.width * bars.count] : [];
  const edges = [...counted, ...nemeses.flatMap((nemesis) => [nemesis.start_time * 1000, ended(nemesis)]), millis(run.start_time), millis(run.end_time)].filter((time) => time !== null);
  const start = Math.min(...edges);
  const end = Math.max(start + 1000, ...edges);
  const part = (time: number): number => (time - start) / (end - start);

  const free: number[] = [];
  const bands = nemeses.map((nemesis) => {
    const [from, to] = [nemesis.start_time * 1000, ended(nemesis)];
    let lane = free.findIndex((until) => until <= from);
    if (lane < 0) lane = free.length;
    free[lane] = to;
    return { nemesis, lane, from: part(from), width: Math.max(part(to) - part(from), 0.004) };
  });

  const of = (severity: string, index: number): number => (severities.includes(severity) ? (histogram?.counts[severity]?.[index] ?? 0) : 0);
  const slots = Array.from({ length: bars?.count ?? 0 }, (_, index): Slot => {
    const from = (bars?.first ?? 0) + index * (bars?.width ?? 0);
    const others = severities.filter((severity) => severity !== "CRITICAL" && severity !== "ERROR");
    return { from: part(from), width: part(from + (bars?.width ?? 0)) - part(from), critical: of("CRITICAL", index), error: of("ERROR", index), other: others.reduce((sum, severity) => sum + of(severity, index), 0) };
  });
  return { start, end, lanes: free.length, bands, slots };
}
