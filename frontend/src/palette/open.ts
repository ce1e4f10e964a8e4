/** Put the palette over the page, once. */
import { mount, unmount } from "svelte";
import Palette from "./Palette.svelte";

let opened = false;

export function openPalette(): void {
  if (opened) return;
  opened = true;
  const before = document.activeElement;
  const palette = mount(Palette, {
    target: document.body,
    props: {
      onclose: () => {
        opened = false;
        void unmount(palette);
        if (before instanceof HTMLElement) before.focus();
      },
    },
  });
}
