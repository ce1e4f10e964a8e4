/** Which events of a run are listed: asked for page by page, duplicates folded into one line. */
import { eventPage, toldBy, type EventPage } from "../api/events";
import type { SctEvent } from "../api/types";
import { matcher } from "../lib/filter";
import { millis } from "../lib/time";

export interface Choice {
  severities: readonly string[];
  /** A text, which the server looks for, or a regular expression, which is looked for here. */
  text: string;
  /** Milliseconds of the epoch, both included; 0: no bound. */
  from: number;
  to: number;
  /** The event with which the list begins, when no time is chosen. */
  event: string;
}

const REQUESTS = 5; // in which one page of lines is looked for
const LARGE = 500; // events of a request when only some of them match

const isExpression = (text: string): boolean => /[\\^$*+?()[\]{}|]/.test(text);

/** The next `size` events or so: fewer, even none, where they are rare, although there may be more. */
export async function eventsFrom(runId: string, choice: Choice, size: number, before?: string): Promise<EventPage> {
  const { severities, text, from, to, event } = choice;
  if (severities.length === 0) return { events: [], next: null };
  const expression = isExpression(text);
  const matches = expression ? matcher(text) : (): boolean => true;
  const found: SctEvent[] = [];
  let next: string | null | undefined = before ?? (to ? new Date(to + 1).toISOString() : undefined);
  for (let asked = 0; asked < REQUESTS; asked++) {
    const page: EventPage = await eventPage(runId, { severities, limit: expression ? LARGE : size, before: next ?? undefined, text: expression ? "" : text, event: next || from ? "" : event });
    found.push(...page.events.filter((one) => (millis(one.ts) ?? 0) >= from && matches(toldBy(one))));
    next = page.next !== null && Date.parse(page.next) <= from ? null : page.next;
    if (next === null || found.length >= size) break;
  }
  return { events: found, next: next ?? null };
}

export interface Line {
  /** The id of the event that the others repeat, also while that one is not loaded. */
  key: string;
  /** That event, or else the newest. */
  event: SctEvent;
  /** When the newest of them was. */
  at: number;
  others: SctEvent[];
}

/** Events, newest first, as lines: a line stands where its newest event is. */
export function linesOf(events: readonly SctEvent[]): Line[] {
  const lines = new Map<string, SctEvent[]>();
  for (const event of events) {
    const key = event.duplicate_id ?? event.event_id;
    const line = lines.get(key);
    if (line) line.push(event);
    else lines.set(key, [event]);
  }
  return [...lines].map(([key, all]) => {
    const event = all.find((one) => one.event_id === key) ?? (all[0] as SctEvent);
    return { key, event, at: millis(all[0]?.ts) ?? 0, others: all.filter((one) => one !== event) };
  });
}
