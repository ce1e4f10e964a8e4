/** The people of this server, asked for once a page and only when a name is needed. */
import { get } from "../api/client";
import type { User } from "../api/types";

const store = $state<{ users: Record<string, User> | undefined }>({ users: undefined });
let asked = false;

export function users(): Record<string, User> | undefined {
  if (!asked) {
    asked = true;
    get<Record<string, User>>("/api/v1/users").then(
      (users) => (store.users = users),
      () => (asked = false),
    );
  }
  return store.users;
}

/** `Ghost` for somebody who is no more; nothing while the list is on its way. */
export function userName(id: string | null | undefined): string {
  if (!id) return "";
  const known = users();
  if (!known) return "";
  const user = known[id];
  return user ? user.full_name || user.username : "Ghost";
}

export function sortedUsers(): User[] {
  return Object.values(users() ?? {}).sort((a, b) => (a.full_name || a.username).localeCompare(b.full_name || b.username));
}
