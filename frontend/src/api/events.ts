/** Events of a run: pages newest first, and how many there were over time. */
import { get } from "./client";
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

export const eventPage = (runId: string, { severities, limit, before, text, event }: Wanted): Promise<EventPage> =>
  get(`/api/v1/client/sct/${runId}/events/page`, { severity: severities, limit, before, q: text, event });

export const eventHistogram = (runId: string): Promise<Histogram> => get(`/api/v1/client/sct/${runId}/events/histogram`);
