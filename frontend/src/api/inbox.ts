/** The inbox: entries with what they are about, newest first, and as groups by run. */
import { ApiError, get, post } from "./client";

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
  /** When it is due again; null unless it is put off. */
  later?: string | null;
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

/** What is listed; empty: everything that is not put off. */
export interface Choice {
  kind: string;
  unread: boolean;
  text: string;
  /** Those that are put off, and no others. */
  later: boolean;
}

export const inbox = (limit: number, before?: string, choice?: Choice): Promise<InboxPage> =>
  get(`${API}/page`, { limit, before, kind: choice?.kind, unread: choice?.unread || null, q: choice?.text, later: choice?.later || null });

/** The bell's number. Where Flask serves everything, nothing is put off. */
export async function waiting(): Promise<number> {
  try {
    return await get<number>(`${API}/waiting`);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return get<number>(`${API}/get_unread`);
    throw error;
  }
}

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

/** What each group is called, by key. Tests of two releases may have one name, and so may what is told of no run: then it says which of them. */
export function namesOf(groups: readonly Group[]): ReadonlyMap<string, string> {
  const times = new Map<string, number>();
  return new Map(
    groups.map(({ key, run, entries }): [string, string] => {
      const name = run ? `${run.name} #${run.build_number ?? "?"}` : (entries[0]?.title ?? "Notification");
      const before = times.get(name) ?? 0;
      times.set(name, before + 1);
      return [key, before ? `${name} (${before + 1})` : name];
    }),
  );
}
