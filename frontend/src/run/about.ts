/** Parts of a run that comments are about: how each is named, and where it stands. */
import type { About, Said } from "../api/discussion";
import type { Nemesis, SctEvent } from "../api/types";
import { SEVERITIES } from "../lib/status";
import { clock, millis } from "../lib/time";
import { runUrl } from "../lib/url";

const LONGEST_REF = 500; // characters that the server takes
const LONGEST_LABEL = 200;

export const keyOf = (about: Pick<About, "kind" | "ref">): string => `${about.kind}:${about.ref}`;

export const aboutEvent = (event: SctEvent): About => ({
  kind: "event",
  ref: event.event_id,
  label: `${event.severity} ${event.event_type ?? "Event"} ${clock(millis(event.ts) ?? 0)}`.slice(0, LONGEST_LABEL),
});

/** A nemesis has no id: its start and its name are what tells it from others. */
export const aboutNemesis = (nemesis: Nemesis): About | undefined => bounded({ kind: "nemesis", ref: `${nemesis.start_time}:${nemesis.name}`, label: nemesis.name });

export const aboutCell = (table: string, row: string, column: string): About | undefined =>
  bounded({ kind: "cell", ref: JSON.stringify([table, row, column]), label: `${table} › ${row} › ${column}` });

/** Nothing can be said about a part whose name is too long to be kept. */
const bounded = (about: About): About | undefined => (about.ref.length > LONGEST_REF ? undefined : { ...about, label: about.label.slice(0, LONGEST_LABEL) });

/** The id of the element that shows a part. */
export const elementOf = (about: Pick<About, "kind" | "ref">): string => (about.kind === "event" ? `event-${about.ref}` : `about-${encodeURIComponent(keyOf(about))}`);

const TABS: Record<About["kind"], string> = { event: "sct-events", nemesis: "nemesis", cell: "results" };

const SHOWN = ["CRITICAL", "ERROR"]; // severities that the tab of events shows unless somebody chooses others

/** Where a part is shown: the tab, what stands behind `#`, and what the address must say so that it is listed. */
export function placeOf(about: About): [tab: string, hash: string, params: Record<string, string | null>] {
  const severity = about.kind === "event" ? (about.label.split(" ")[0] ?? "") : "";
  const listed: Record<string, string> = SEVERITIES.includes(severity) && !SHOWN.includes(severity) ? { severity: [...SHOWN, severity].join(",") } : {};
  return [TABS[about.kind], `#${elementOf(about)}`, listed];
}

/** The same as an address. */
export function hrefOf(plugin: string, runId: string, about: About): string {
  const [tab, hash, params] = placeOf(about);
  const search = new URLSearchParams(params as Record<string, string>).toString();
  return runUrl(plugin, runId, tab) + (search && `?${search}`) + hash;
}

/** The part that an address names; its label is what comments about it say, or what its name tells. */
export function aboutNamed(key: string, known: readonly (About | null | undefined)[]): About | undefined {
  const found = known.find((about) => about && keyOf(about) === key);
  if (found) return found;
  const [kind, ref] = [key.slice(0, key.indexOf(":")), key.slice(key.indexOf(":") + 1)];
  if (!(kind in TABS) || !ref) return undefined;
  return { kind: kind as About["kind"], ref, label: labelOf(kind, ref) };
}

function labelOf(kind: string, ref: string): string {
  if (kind === "nemesis") return ref.slice(ref.indexOf(":") + 1);
  if (kind === "event") return "an event";
  try {
    const cell: unknown = JSON.parse(ref);
    return Array.isArray(cell) ? cell.join(" › ") : "a result";
  } catch {
    return "a result";
  }
}

/** How many comments there are about each part. */
export function countsOf(comments: readonly Said[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { about } of comments) if (about) counts[keyOf(about)] = (counts[keyOf(about)] ?? 0) + 1;
  return counts;
}

export const inWords = (count: number): string => (count === 1 ? "1 comment" : `${count} comments`);
