/**
 * Back leads to where one was. A page fills after it has loaded, so the browser finds nothing to scroll to yet: the place is kept for each
 * entry of the history, and gone to when the page has become long enough, unless its reader does something first.
 */

const KEY = "argus-scroll";
const MOST = 50; // places that are kept
const PATIENCE_MS = 10_000;

type Places = [entry: string, y: number][];

function places(): Places {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? (kept as Places).filter((item) => Array.isArray(item) && typeof item[0] === "string" && typeof item[1] === "number") : [];
  } catch {
    return []; // no storage, or something else is in it
  }
}

/** What tells this entry of the history from others. */
function entry(): string {
  return (globalThis as { navigation?: { currentEntry?: { key: string } | null } }).navigation?.currentEntry?.key ?? location.href;
}

export function keepPlace(): void {
  const own = entry();
  try {
    sessionStorage.setItem(KEY, JSON.stringify([[own, Math.round(scrollY)], ...places().filter(([other]) => other !== own)].slice(0, MOST)));
  } catch {
    // without storage Back leads to the top, as it would without this
  }
}

/** Go to where this entry was left. Answers what ends it. */
export function returnToPlace(): () => void {
  const y = places().find(([other]) => other === entry())?.[1] ?? 0;
  if (!y) return () => undefined;
  const watching = new ResizeObserver(go);
  const events = ["wheel", "touchstart", "pointerdown", "keydown"];
  const timer = setTimeout(end, PATIENCE_MS);
  for (const event of events) addEventListener(event, end, { passive: true });
  watching.observe(document.body);

  function go(): void {
    if (document.documentElement.scrollHeight - innerHeight >= y && Math.abs(scrollY - y) > 1) scrollTo(0, y);
  }
  function end(): void {
    clearTimeout(timer);
    watching.disconnect();
    for (const event of events) removeEventListener(event, end);
  }
  return end;
}

export function keepScroll(): void {
  const [how] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  if (how?.type === "back_forward" || how?.type === "reload") returnToPlace();
  addEventListener("pagehide", keepPlace);
}
