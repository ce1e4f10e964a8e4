/** The icon of the tab in the colour of a status: of ten open tabs one sees which failed. */
import { runLook } from "./status";

export function tintIcon(status: string): void {
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  const colour = getComputedStyle(document.documentElement).getPropertyValue(`--${runLook(status).tone}`).trim();
  if (!link || !colour) return;
  const drawn = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="14" fill="${colour}"/><path d="M8 32q24-32 48 0q-24 32-48 0" fill="#fff"/><circle cx="32" cy="32" r="11" fill="${colour}"/></svg>`;
  link.type = "image/svg+xml";
  link.href = `data:image/svg+xml,${encodeURIComponent(drawn)}`;
}
