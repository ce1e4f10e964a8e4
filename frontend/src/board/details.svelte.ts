/** The tests of a board whose runs came after it: those that somebody sees, or chooses. */
import { asApiError, type ApiError } from "../api/client";
import { MOST_ROWS } from "../api/board";
import type { TestStats } from "../api/types";

type Fetch = (places: readonly number[]) => Promise<TestStats[]>;

export class Details {
  /** By place. */
  items = $state.raw<Readonly<Record<number, TestStats>>>({});
  error = $state.raw<ApiError | undefined>(undefined);
  #of = "";
  #fetch: Fetch = () => Promise.resolve([]);
  #asked: Record<number, Promise<void> | undefined> = {};

  /** A board has come. What is here of the same one, which `of` names, stays until it comes anew. */
  begin(of: string, fetch: Fetch): void {
    if (of !== this.#of) this.items = {};
    this.#of = of;
    this.#fetch = fetch;
    this.#asked = {};
    this.error = undefined;
  }

  /** Ask for those of them that were not asked for since. Whether all are here then; a failure is in `error`. */
  async need(places: readonly number[]): Promise<boolean> {
    const asked = this.#asked;
    const missing = places.filter((place) => place >= 0 && !asked[place]);
    for (let start = 0; start < missing.length; start += MOST_ROWS) {
      const slice = missing.slice(start, start + MOST_ROWS);
      const answer = this.#ask(slice, asked);
      for (const place of slice) asked[place] = answer;
    }
    await Promise.all(places.map((place) => asked[place]));
    return places.every((place) => place < 0 || this.items[place] !== undefined);
  }

  async #ask(places: readonly number[], asked: Record<number, Promise<void> | undefined>): Promise<void> {
    try {
      const found = await this.#fetch(places);
      if (asked !== this.#asked) return; // of a board that was left
      this.items = { ...this.items, ...Object.fromEntries(places.flatMap((place, at) => (found[at] ? [[place, found[at]]] : []))) };
    } catch (error) {
      for (const place of places) asked[place] = undefined;
      if (asked === this.#asked) this.error = asApiError(error);
    }
  }
}
