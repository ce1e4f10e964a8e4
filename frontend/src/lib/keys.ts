/** Which keys do something on this page: parts say theirs while they are there, `?` lists them. */

export type Keys = readonly (readonly [key: string, what: string])[];

const EVERYWHERE: Keys = [
  ["Ctrl K", "search everything"],
  ["Esc", "close what lies over the page"],
  ["?", "this list"],
];
const explained = new Map<string, Keys>();

/** Say what the keys of a part do, until the returned function is called. */
export function explain(part: string, keys: Keys): () => void {
  explained.set(part, keys);
  return () => {
    if (explained.get(part) === keys) explained.delete(part);
  };
}

/** Part by part, those of every page last. */
export const explainedKeys = (): [string, Keys][] => [...explained, ["Everywhere", EVERYWHERE]];

/** Whether a key belongs to whoever types, or to what lies over the page. */
export function isTyping(event: KeyboardEvent): boolean {
  const field = event.target instanceof HTMLElement && event.target.closest("input:not([type=checkbox]), textarea, select, dialog, [contenteditable]");
  return Boolean(field) || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]") !== null;
}
