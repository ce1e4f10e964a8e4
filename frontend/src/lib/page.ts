/** What the server wrote into the page: global variables of its inline script, see the header comment of each template. */

export interface CurrentUser {
  id: string;
  username: string;
  full_name: string | null;
  email: string | null;
  picture_id: string | null;
  roles: string[] | null;
}

const globals = globalThis as unknown as Record<string, unknown>;

/** The value of a page's global, or the fallback when the page does not define it. */
export function pageGlobal<T>(name: string, fallback: T): T {
  return name in globals ? (globals[name] as T) : fallback;
}

/** The signed-in user; null for an anonymous visitor. */
export function currentUser(): CurrentUser | null {
  return pageGlobal<CurrentUser | null>("gArgusCurrentUser", null);
}

export function hasRole(role: string): boolean {
  return currentUser()?.roles?.includes(role) ?? false;
}
