/** State in the address: lists of tests as the server's links write them, and plain query parameters. */

/** URL-safe base64 without padding of the JSON array of ids. */
export function encodeState(ids: readonly string[]): string {
  return btoa(JSON.stringify(ids)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** The ids of a `state` parameter; a broken one, or one that is no list, means none. */
export function decodeState(state: string | null): string[] {
  if (!state) return [];
  try {
    const value: unknown = JSON.parse(atob(state.replaceAll("-", "+").replaceAll("_", "/")));
    return Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : [];
  } catch {
    return [];
  }
}

type Params = Record<string, string | readonly string[] | null>;

/** This page's address with some parameters set (null or empty: removed). */
export function withParams(params: Params): string {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(params)) {
    url.searchParams.delete(name);
    if (typeof value === "string") {
      if (value) url.searchParams.set(name, value);
    } else for (const item of value ?? []) url.searchParams.append(name, item);
  }
  return url.pathname + url.search + url.hash;
}

/** Going somewhere: Back returns. */
export function pushParams(params: Params): void {
  history.pushState(null, "", withParams(params));
}

/** A filter: Back does not stop at it; `hash` replaces what the address had behind `#`. */
export function replaceParams(params: Params, hash = location.hash): void {
  history.replaceState(null, "", withParams(params).split("#")[0] + hash);
}

export function param(name: string): string {
  return new URL(location.href).searchParams.get(name) ?? "";
}

export function params(name: string): string[] {
  return new URL(location.href).searchParams.getAll(name);
}

export function runUrl(plugin: string, runId: string, tab = "details"): string {
  const base = `/tests/${encodeURIComponent(plugin)}/${encodeURIComponent(runId)}`;
  return tab === "details" ? base : `${base}/${encodeURIComponent(tab)}`;
}

/** Pages of what people name: a name may hold slashes, question marks, anything. */
export const dashboardUrl = (release: string): string => `/dashboard/${encodeURIComponent(release)}`;
/** The workspace with a group unfolded. */
export const groupUrl = (releaseId: string, groupId: string): string => `/workspace?${new URLSearchParams([["open", releaseId], ["open", groupId]]).toString()}`;
export const plannerUrl = (release: string): string => `/release/${encodeURIComponent(release)}/planner`;
export const roomUrl = (release: string): string => `/release/${encodeURIComponent(release)}/room`;
export const viewUrl = (view: string): string => `/view/${encodeURIComponent(view)}`;

/** Only http and https links of stored data may become links of the page. */
export function safeHref(link: string | null | undefined): string | undefined {
  return link && /^https?:\/\//i.test(link) ? link : undefined;
}
