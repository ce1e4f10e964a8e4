/** The tests of a board whose runs came after it: those that somebody sees, or chooses. */
import { asApiError, type ApiError } from "../api/client";
import { MOST_ROWS } from "../api/board";
import type { TestStats } from "../api/types";

type Fetch = (places: readonly number[]) => Promise<TestStats[]>;

export class Details {
  /** By place. */
  items = $state.raw<ReadonlyMap<number, TestStats>>(new Map());
  error = $state.raw<ApiError | undefined>(undefined);
  #of = "";
  #fetch: Fetch = () => Promise.resolve([]);
  #asked = new Map<number, Promise<void>>();

  /** A board has come. What is here of the same one, which `of` names, stays until it comes anew. */
  begin(of: string, fetch: Fetch): void {
    if (of !== this.#of) this.items = new Map();
    this.#of = of;
    this.#fetch = fetch;
    this.#asked = new Map();
    this.error = undefined;
  }

  /** Ask for those of them that were not asked for since. Whether all are here then; a failure is in `error`. */
  async need(places: readonly number[]): Promise<boolean> {
    const asked = this.#asked;
    const missing = places.filter((place) => place >= 0 && !asked.has(place));
    for (let start = 0; start < missing.length; start += MOST_ROWS) {
      const slice = missing.slice(start, start + MOST_ROWS);
      const answer = this.#ask(slice, asked);
      for (const place of slice) asked.set(place, answer);
    }
    await Promise.all(places.flatMap((place) => asked.get(place) ?? []));
    return places.every((place) => place < 0 || this.items.has(place));
  }

  async #ask(places: readonly number[], asked: Map<number, Promise<void>>): Promise<void> {
    try {
      const found = await this.#fetch(places);
      if (asked !== this.#asked) return; // of a board that was left
      this.items = new Map([...this.items, ...places.flatMap((place, at): [number, TestStats][] => (found[at] ? [[place, found[at]]] : []))]);
    } catch (error) {
      for (const place of places) asked.delete(place);
      if (asked === this.#asked) this.error = asApiError(error);
    }
  }
}
