/** Lists of which a page is shown, and what comes into them. */

interface Page {
  items: unknown[];
  next_cursor: string | null;
}

type Key<P extends Page> = (item: P["items"][number]) => unknown;

/** What is shown with the page behind it; rows that moved there meanwhile are not shown twice. */
export function longer<P extends Page>(shown: P, next: P, key: Key<P>): P {
  const known = new Set(shown.items.map(key));
  return { ...shown, next_cursor: next.next_cursor, items: [...shown.items, ...next.items.filter((item) => !known.has(key(item)))] };
}

/** With an item as it is now: in its place, or first where it is new. */
export function withItem<P extends Page>(shown: P, item: P["items"][number], key: Key<P>): P {
  const known = shown.items.some((other) => key(other) === key(item));
  return { ...shown, items: known ? shown.items.map((other) => (key(other) === key(item) ? item : other)) : [item, ...shown.items] };
}
