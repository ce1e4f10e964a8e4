/** The keys of a table whose rows are chosen: they move the focus over its boxes, so that it is never only drawn. */
import { isTyping, type Keys } from "../lib/keys";

export interface KeyActions {
  /** Assign to me, mark as investigated, write a comment: for what is chosen, else for the row with the focus. */
  assign: () => void;
  investigated: () => void;
  comment: () => void;
  clear: () => void;
}

export const KEYS: Keys = [
  ["j k", "next and previous row"],
  ["x", "choose the row; with Shift and the mouse a range"],
  ["o", "open the run of the row"],
  ["a", "assign to me"],
  ["i", "investigated"],
  ["c", "write a comment"],
  ["Esc", "choose nothing"],
];

const BOX = "input[data-run]";

/** Listen until the returned function is called. */
export function listen(root: HTMLElement, actions: KeyActions): () => void {
  let last: HTMLInputElement | undefined;

  const current = (boxes: HTMLInputElement[]): number => {
    const focused = boxes.indexOf(document.activeElement as HTMLInputElement);
    return focused >= 0 ? focused : last ? boxes.indexOf(last) : -1;
  };
  const move = (step: number): void => {
    const boxes = [...root.querySelectorAll<HTMLInputElement>(BOX)];
    const at = current(boxes);
    last = boxes[at < 0 ? 0 : Math.min(Math.max(at + step, 0), boxes.length - 1)];
    last?.focus({ preventScroll: true });
    last?.closest("tr")?.scrollIntoView({ block: "nearest" });
  };
  const here = (): HTMLInputElement | undefined => {
    const boxes = [...root.querySelectorAll<HTMLInputElement>(BOX)];
    return boxes[current(boxes)];
  };
  const perform: Record<string, () => void> = {
    j: () => move(1),
    k: () => move(-1),
    x: () => here()?.click(),
    o: () => here()?.closest("tr")?.querySelector<HTMLAnchorElement>("a[data-open]")?.click(),
    a: actions.assign,
    i: actions.investigated,
    c: actions.comment,
    Escape: actions.clear,
  };
  const onkeydown = (event: KeyboardEvent): void => {
    if (isTyping(event)) return;
    const action = perform[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  };
  addEventListener("keydown", onkeydown);
  return () => removeEventListener("keydown", onkeydown);
}

/** The run whose row has the focus. */
export function focusedRun(root: HTMLElement): string | undefined {
  const focused = document.activeElement;
  return focused instanceof HTMLInputElement && root.contains(focused) ? focused.dataset.run : undefined;
}
