/** Put the palette, or the list of keys, over the page, once. */
import { mount, unmount } from "svelte";
import Keys from "./Keys.svelte";
import Palette from "./Palette.svelte";

let opened = false;

/** @param text what is looked for at once */
export function openPalette(text = ""): void {
  over((onclose) => mount(Palette, { target: document.body, props: { text, onclose } }));
}

export function openKeys(): void {
  over((onclose) => mount(Keys, { target: document.body, props: { onclose } }));
}

/** What lies over the page gives the focus back when it is closed. */
function over(show: (onclose: () => void) => Record<string, unknown>): void {
  if (opened) return;
  opened = true;
  const before = document.activeElement;
  const shown = show(() => {
    opened = false;
    void unmount(shown);
    if (before instanceof HTMLElement) before.focus();
  });
}
