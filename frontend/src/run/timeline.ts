/** Nemeses and grave events of a run on one axis of time. */
import type { Nemesis, Run, SctEvent } from "../api/types";
import { millis } from "../lib/time";

export interface Band {
  nemesis: Nemesis;
  /** Parts of the whole axis, 0 to 1. */
  from: number;
  width: number;
  lane: number;
  /** Events while it went on, as far as they are loaded. */
  events: number;
}

export interface Slot {
  from: number;
  width: number;
  critical: number;
  error: number;
  other: number;
}

export interface Timeline {
  start: number;
  end: number;
  lanes: number;
  bands: Band[];
  slots: Slot[];
}

const SLOTS = 60;

/** Null when the run has neither a nemesis nor an event with a time. */
export function timelineOf(run: Run, events: readonly SctEvent[], now: number): Timeline | null {
  const nemeses = [...(run.nemesis_data ?? [])].filter((nemesis) => nemesis.start_time > 0).sort((a, b) => a.start_time - b.start_time);
  const times = events.map((event) => millis(event.ts)).filter((time) => time !== null);
  if (nemeses.length === 0 && times.length === 0) return null;
  const ended = (nemesis: Nemesis): number => (nemesis.end_time ? nemesis.end_time * 1000 : now);
  const edges = [...times, ...nemeses.flatMap((nemesis) => [nemesis.start_time * 1000, ended(nemesis)]), millis(run.start_time), millis(run.end_time)].filter((time) => time !== null);
  const start = edges.reduce((least, time) => Math.min(least, time), Infinity);
  const end = Math.max(start + 1000, edges.reduce((most, time) => Math.max(most, time), 0));
  const part = (time: number): number => (time - start) / (end - start);

  const free: number[] = [];
  const bands = nemeses.map((nemesis) => {
    const [from, to] = [nemesis.start_time * 1000, ended(nemesis)];
    let lane = free.findIndex((until) => until <= from);
    if (lane < 0) lane = free.length;
    free[lane] = to;
    return { nemesis, lane, from: part(from), width: Math.max(part(to) - part(from), 0.004), events: times.filter((time) => time >= from && time <= to).length };
  });

  const slots: Slot[] = Array.from({ length: SLOTS }, (_, index) => ({ from: index / SLOTS, width: 1 / SLOTS, critical: 0, error: 0, other: 0 }));
  for (const event of events) {
    const time = millis(event.ts);
    const slot = time === null ? undefined : slots[Math.min(SLOTS - 1, Math.floor(part(time) * SLOTS))];
    if (slot) slot[event.severity === "CRITICAL" ? "critical" : event.severity === "ERROR" ? "error" : "other"]++;
  }
  return { start, end, lanes: free.length, bands, slots };
}
