/** Views that somebody marked in this browser. */

const KEY = "argus-favourite-views";

export function favouriteViews(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? kept.filter((item): item is string => typeof item === "string") : [];
  } catch {
    return []; // no storage, or something else is in it
  }
}

/** Answers the marked views after it. */
export function toggleFavourite(id: string): string[] {
  const before = favouriteViews();
  const after = before.includes(id) ? before.filter((other) => other !== id) : [...before, id];
  try {
    localStorage.setItem(KEY, JSON.stringify(after));
  } catch {
    // without storage the mark holds for this page
  }
  return after;
}
