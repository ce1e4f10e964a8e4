/** The workspace that somebody works in: of the address, else that of last time, else the default, else the first. */
import type { Workspace } from "../api/artifacts";
import { param } from "../lib/url";

const KEY = "argus-workspace";

export function chosen(all: readonly Workspace[]): string {
  const known = (id: string | null): boolean => all.some((item) => item.workspace_id === id);
  const last = stored();
  const asked = param("workspace");
  if (known(asked)) return asked;
  if (last && known(last)) return last;
  return (all.find((item) => item.is_default) ?? all[0])?.workspace_id ?? "";
}

export function remember(id: string): void {
  try {
    localStorage.setItem(KEY, id);
  } catch {
    // a browser that keeps nothing asks the server for the default next time
  }
}

function stored(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
