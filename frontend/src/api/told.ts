/** How one is told: notifications put off, and kinds that come by the bell and by mail. */
import { get, post } from "./client";

const API = "/api/v1/notifications";

/** Put off until a time, or, with null, have them back. */
export const putOff = (ids: readonly string[], until: Date | null): Promise<unknown> => post(`${API}/later`, { ids, until: until?.toISOString() ?? null });

/** Kinds of notifications, as people call them. */
export const KINDS: Record<string, string> = {
  TYPE_MENTION: "Mentioned in a comment",
  TYPE_ASSIGNEE_CHANGE: "Assigned to a run",
  TYPE_VIEW_ACTION_ITEM_ASSIGNEE: "Assigned to an action item",
  TYPE_VIEW_HIGHLIGHT_MENTION: "Mentioned in a highlight",
};

export interface Setting {
  kind: string;
  bell: boolean;
  mail: boolean;
}

export interface Settings {
  kinds: Setting[];
  /** Mails reach the caller at all. */
  mails: boolean;
}

export const settings = (): Promise<Settings> => get(`${API}/settings`);
export const choose = (setting: Setting): Promise<Settings> => post(`${API}/settings`, setting);

const MORNING = 9; // o'clock, where the reader is

/** Until when something can be put off, seen from now: later today is in three hours, as long as that is today. */
export function dueTimes(now: Date): [label: string, at: Date][] {
  const morning = (days: number): Date => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, MORNING);
  const later = new Date(now.getTime() + 3 * 3_600_000);
  const untilMonday = (8 - now.getDay()) % 7 || 7;
  return [...(later.getDate() === now.getDate() ? ([["Later today", later]] as [string, Date][]) : []), ["Tomorrow", morning(1)], ["Next week", morning(untilMonday)]];
}
