/** Events of a run: pages newest first, and how many there were over time. */
import { ApiError, get } from "./client";
import { SEVERITIES } from "../lib/status";
import { millis } from "../lib/time";
import { eventCount } from "./runs";
import type { SctEvent } from "./types";

export interface EventPage {
  events: SctEvent[];
  /** `before` of the next page; null on the last one. */
  next: string | null;
}

export interface Histogram {
  /** When the first bar begins; null of a run without events. */
  start: string | null;
  /** Length of a bar. */
  seconds: number;
  counts: Record<string, number[]>;
  totals: Record<string, number>;
  /** Of some severity only the newest are counted. */
  more: boolean;
}

export interface Wanted {
  severities: readonly string[];
  limit: number;
  before?: string;
  /** A text in type, message, node or nemesis. */
  text?: string;
  /** The event with which the first page begins. */
  event?: string;
}

export async function eventPage(runId: string, wanted: Wanted): Promise<EventPage> {
  const { severities, limit, before, text, event } = wanted;
  try {
    return await get(`/api/v1/client/sct/${runId}/events/page`, { severity: severities, limit, before, q: text, event });
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return oldest(runId, wanted);
    throw error;
  }
}

/** What is looked through for a text. */
export const toldBy = (event: SctEvent): string => `${event.event_type ?? ""} ${event.node ?? ""} ${event.nemesis_name ?? ""} ${event.message ?? ""}`;

const OLDEST = 500; // events of a severity

/** Where Flask serves everything, nobody has pages: the oldest events of each severity then. */
async function oldest(runId: string, { severities, text }: Wanted): Promise<EventPage> {
  const lists = severities.map((severity) => get<SctEvent[]>(`/api/v1/client/sct/${runId}/events/${severity}/get`, { limit: OLDEST }));
  const found = (await Promise.all(lists)).flat();
  const wanted = (text ?? "").toLowerCase();
  const events = found.filter((one) => toldBy(one).toLowerCase().includes(wanted)).sort((a, b) => (millis(b.ts) ?? 0) - (millis(a.ts) ?? 0));
  return { events, next: null };
}

export async function eventHistogram(runId: string): Promise<Histogram> {
  try {
    return await get(`/api/v1/client/sct/${runId}/events/histogram`);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return onlyTotals(runId);
    throw error;
  }
}

/** Where Flask serves everything, events are counted and not told over time. */
async function onlyTotals(runId: string): Promise<Histogram> {
  const totals = await Promise.all(SEVERITIES.map(async (severity) => [severity, await eventCount(runId, severity)] as const));
  return { start: null, seconds: 0, counts: {}, totals: Object.fromEntries(totals), more: false };
}
