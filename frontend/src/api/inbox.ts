/** The inbox: entries with what they are about, newest first, and as groups by run. */
import { get, post } from "./client";

export const READ = 2;

export interface About {
  id: string;
  plugin: string;
  name: string;
  build_number: number | null;
  status: string;
}

export interface Entry {
  id: string;
  sender: string | null;
  /** Milliseconds of the epoch. */
  created: number;
  title: string | null;
  state: number | null;
  /** What it tells, such as a mention. */
  type?: string | null;
  content: string | null;
  /** The beginning of the comment that it is about. */
  text?: string | null;
  /** The run that it is about; null when it is about none, or that is gone. */
  run: About | null;
  /** The comment, run or view itself. */
  href: string | null;
}

export interface InboxPage {
  entries: Entry[];
  next: string | null;
}

export interface Group {
  key: string;
  run: About | null;
  entries: Entry[];
}

/** Whether somebody named me in a text. */
export const isMention = ({ type }: Entry): boolean => type === "TYPE_MENTION" || type === "TYPE_VIEW_HIGHLIGHT_MENTION";

const API = "/api/v1/notifications";
const AT_ONCE = 1000; // that the server marks in one request

export const inbox = (limit: number, before?: string): Promise<InboxPage> => get(`${API}/page`, { limit, before });
export const markRead = (id: string): Promise<unknown> => post(`${API}/read`, { id });

/** Where the comment that an entry is about is answered, quoted. */
export function answerHref({ href }: Entry): string | undefined {
  const [path, comment] = href?.split("#comment-") ?? [];
  return path && comment ? `${path}?reply=${comment}#write` : undefined;
}

/** Mark this one and all before it as read. */
export async function markAllRead(until: string): Promise<void> {
  while ((await post<number>(`${API}/read_all`, { until })) === AT_ONCE);
}

/** Entries about one run stand together, where the newest of them is. */
export function grouped(entries: readonly Entry[]): Group[] {
  const groups = new Map<string, Group>();
  for (const entry of entries) {
    const key = entry.run?.id ?? entry.id;
    const group = groups.get(key);
    if (group) group.entries.push(entry);
    else groups.set(key, { key, run: entry.run, entries: [entry] });
  }
  return [...groups.values()];
}
