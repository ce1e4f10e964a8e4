/** What the palette offers besides hits of the server: what was opened last, where one can go, what can be done here. */
import type { Hit } from "../api/search";
import { hasRole } from "../lib/page";
import { recentTests } from "../lib/recent";

export interface Choice {
  key: string;
  kind: string;
  title: string;
  context: string;
  status?: string | null | undefined;
  start_time?: string | null | undefined;
  address?: string;
  /** Instead of an address: something to do, and then the palette is closed. */
  act?: () => void;
  /** Instead of an address: what is typed next. */
  type?: string;
}

const KEY = "argus-recent-hits";
const LENGTH = 8;

export function choiceOf(hit: Hit): Choice {
  const { id, kind, title, context, status, start_time } = hit;
  const shown = { key: `${kind}:${id}`, kind, title, context, status, start_time };
  return kind === "person" ? { ...shown, type: `assignee:${context.replace(/^@/, "")} ` } : { ...shown, address: hit.address };
}

export function recentChoices(): Choice[] {
  const tests = recentTests().map(({ id, name }): Choice => ({ key: `test:${id}`, kind: "test", title: name, context: "opened in the workspace", address: `/test/${id}/runs` }));
  const seen = new Set<string>();
  return [...stored(), ...tests].filter(({ key }) => !seen.has(key) && seen.add(key)).slice(0, LENGTH);
}

function stored(): Choice[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    // an address of this server only: whatever else may have been put there is not followed
    return Array.isArray(value) ? (value as Choice[]).filter((item) => typeof item?.title === "string" && typeof item.key === "string" && /^\/(?![/\\])/.test(item.address ?? "")) : [];
  } catch {
    return [];
  }
}

export function remember(choice: Choice): void {
  if (!choice.address || choice.kind === "page") return;
  const { key, kind, title, context, address } = choice;
  try {
    localStorage.setItem(KEY, JSON.stringify([{ key, kind, title, context, address }, ...stored().filter((item) => item.key !== key)].slice(0, LENGTH)));
  } catch {
    // a browser without storage remembers nothing, and nothing else is lost
  }
}

const PAGES: [string, string, string?][] = [
  ["Workspace", "/workspace"], ["Releases", "/releases"], ["Views", "/views"], ["My Jobs", "/profile/jobs"], ["Notifications", "/notifications/"],
  ["Teams", "/teams/"], ["Profile and API token", "/profile/"], ["Admin Area", "/admin/", "ROLE_ADMIN"], ["Jobs of the server", "/admin/jobs", "ROLE_ADMIN"],
];

/** Pages and actions in whose names every word stands. */
export function actions(typed: string): Choice[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const press = (key: string) => (): void => void dispatchEvent(new KeyboardEvent("keydown", { key }));
  const here: [string, string][] = location.pathname.startsWith("/tests/") ? [["Assign this run to me", "a"], ["Mark this run as investigated", "i"], ["Write a comment on this run", "c"]] : [];
  const all: Choice[] = [
    ...here.map(([title, key]): Choice => ({ key: `do:${key}`, kind: "action", title, context: `key ${key}`, act: press(key) })),
    ...PAGES.filter(([, , role]) => !role || hasRole(role)).map(([title, address]): Choice => ({ key: `page:${address}`, kind: "page", title, context: "", address })),
    { key: "do:keys", kind: "action", title: "Keys of this page", context: "key ?", act: press("?") },
    { key: "do:theme", kind: "action", title: "Change the colour theme", context: "", act: () => document.querySelector<HTMLElement>("#theme-toggle")?.click() },
  ];
  return all.filter(({ title }) => words.every((word) => title.toLowerCase().includes(word)));
}
