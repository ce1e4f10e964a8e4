/** Entries of an activity log that cancel each other: somebody changed something and took it back at once. */

export interface Entry {
  id: string;
  user_id: string;
  run_id: string | null;
  created_at: string;
  body?: string | null;
}

const WITHIN_MS = 60_000;

interface Step {
  entry: Entry;
  from: unknown;
  to: unknown;
}

/** The ids of both entries of each slip. */
export function slipsOf(entries: readonly Entry[]): Set<string> {
  const found = new Set<string>();
  const last = new Map<string, Step>();
  for (const entry of [...entries].sort((a, b) => a.created_at.localeCompare(b.created_at))) {
    const body = parsed(entry.body);
    const [from, to] = [body.old_status ?? body.old_user, body.new_status ?? body.new_user];
    if (from === undefined || to === undefined) continue;
    const what = `${entry.run_id} ${String(body.message)}`;
    const before = last.get(what);
    const back = before !== undefined && before.from === to && before.to === from && before.entry.user_id === entry.user_id;
    if (back && Date.parse(entry.created_at) - Date.parse(before.entry.created_at) <= WITHIN_MS) {
      found.add(before.entry.id).add(entry.id);
      last.delete(what);
    } else last.set(what, { entry, from, to });
  }
  return found;
}

function parsed(body: string | null | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body ?? "");
    return value !== null && typeof value === "object" ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
