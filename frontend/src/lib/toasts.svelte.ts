/** Short messages over the page; one store for every bundle. Errors stay until they are closed. */

export interface Toast {
  id: number;
  kind: string;
  text: string;
  action?: { label: string; run: () => void } | undefined;
}

const LIFETIME_MS = 8000;
let next = 0;

export const toasts = $state<Toast[]>([]);

/** Errors that were closed since the page was opened, the newest first. */
export const closedErrors = $state<string[]>([]);
const MOST_KEPT = 20;

export function toast(kind: string, text: string, action?: Toast["action"]): void {
  const id = next++;
  toasts.push({ id, kind, text, action });
  if (kind !== "error") setTimeout(() => dismiss(id), LIFETIME_MS);
}

export function dismiss(id: number): void {
  const index = toasts.findIndex((item) => item.id === id);
  if (index < 0) return;
  const [gone] = toasts.splice(index, 1);
  if (gone?.kind === "error") closedErrors.splice(0, closedErrors.length, ...[gone.text, ...closedErrors].slice(0, MOST_KEPT));
}
