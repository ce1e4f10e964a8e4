/** Put the palette over the page, once. */
import { mount, unmount } from "svelte";
import Palette from "./Palette.svelte";

let opened = false;

/** @param text what is looked for at once */
export function openPalette(text = ""): void {
  if (opened) return;
  opened = true;
  const before = document.activeElement;
  const palette = mount(Palette, {
    target: document.body,
    props: {
      text,
      onclose: () => {
        opened = false;
        void unmount(palette);
        if (before instanceof HTMLElement) before.focus();
      },
    },
  });
}
