/** Names that begin after an @ while somebody types, and Markdown put around a selection. */
import type { User } from "../api/types";

export interface Mention {
  /** Where the @ stands. */
  at: number;
  begin: string;
}

/** The unfinished @name before the caret, if there is one. */
export function mentionBefore(text: string, caret: number): Mention | undefined {
  const found = /(^|[\s(>])@([\w-]*)$/.exec(text.slice(0, caret));
  return found ? { at: caret - (found[2]?.length ?? 0) - 1, begin: found[2] ?? "" } : undefined;
}

const MOST = 8;

/** People whose user name or full name begins so, user names first; the server finds people by user name. */
export function peopleNamed(begin: string, people: readonly User[]): User[] {
  const wanted = begin.toLowerCase();
  const starts = (text: string | null): boolean => (text ?? "").toLowerCase().startsWith(wanted);
  const rank = (user: User): number => (starts(user.username) ? 0 : (user.full_name ?? "").split(/\s+/).some(starts) ? 1 : 2);
  return people
    .filter((user) => rank(user) < 2)
    .sort((a, b) => rank(a) - rank(b) || a.username.localeCompare(b.username))
    .slice(0, MOST);
}

export interface Edit {
  text: string;
  start: number;
  end: number;
}

export function complete(text: string, mention: Mention, username: string): Edit {
  const head = `${text.slice(0, mention.at)}@${username} `;
  return { text: head + text.slice(mention.at + 1 + mention.begin.length), start: head.length, end: head.length };
}

/** Put marks around the selection; what was selected stays selected. */
export function surround(text: string, start: number, end: number, before: string, after = before): Edit {
  const inner = text.slice(start, end);
  return { text: text.slice(0, start) + before + inner + after + text.slice(end), start: start + before.length, end: start + before.length + inner.length };
}

/** Put a mark before every selected line. */
export function prefixLines(text: string, start: number, end: number, mark: string): Edit {
  const from = text.lastIndexOf("\n", start - 1) + 1;
  const block = text.slice(from, end).split("\n").map((line) => mark + line).join("\n");
  return { text: text.slice(0, from) + block + text.slice(end), start: from, end: from + block.length };
}
