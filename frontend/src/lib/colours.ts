/** Which colours statuses have in this browser; `templates/theme.html.j2` applies the choice before the first paint. */

export const PALETTES = { "": "Red and green", "colour-blind": "Blue and orange, also for people who do not tell red from green" } as const;
export type Palette = keyof typeof PALETTES;

const KEY = "argus-palette";

export function palette(): Palette {
  return document.documentElement.dataset.palette === "colour-blind" ? "colour-blind" : "";
}

/** Applied at once, and kept for the next pages. */
export function choosePalette(chosen: Palette): void {
  if (chosen) document.documentElement.dataset.palette = chosen;
  else delete document.documentElement.dataset.palette;
  try {
    if (chosen) localStorage.setItem(KEY, chosen);
    else localStorage.removeItem(KEY);
  } catch {
    // without storage the choice holds for this page
  }
}
