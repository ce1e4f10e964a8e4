/** Which runs of a table are chosen for one change of all of them. */
import { SvelteMap } from "svelte/reactivity";
import type { RunRef } from "../api/triage";

export interface Chosen extends RunRef {
  name: string;
}

export class Selection {
  readonly chosen = new SvelteMap<string, Chosen>();
  readonly #order: () => readonly Chosen[];
  #last: string | undefined;

  /** `order`: every run of the table as it is sorted, also those that are not drawn, for ranges. */
  constructor(order: () => readonly Chosen[]) {
    this.#order = order;
  }

  get runs(): Chosen[] {
    return [...this.chosen.values()];
  }

  /** The run that was chosen or left last: where a range begins. */
  get last(): string | undefined {
    return this.#last;
  }

  has(runId: string): boolean {
    return this.chosen.has(runId);
  }

  /** Choose or leave one; `range`: all from the last one on, as this one becomes. */
  toggle(item: Chosen, range = false): void {
    const on = !this.chosen.has(item.run_id);
    for (const each of range ? this.#between(item) : [item]) this.#set(each, on);
    this.#last = item.run_id;
  }

  replace(items: readonly Chosen[]): void {
    this.chosen.clear();
    for (const item of items) this.chosen.set(item.run_id, item);
  }

  clear(): void {
    this.chosen.clear();
    this.#last = undefined;
  }

  #set(item: Chosen, on: boolean): void {
    if (on) this.chosen.set(item.run_id, item);
    else this.chosen.delete(item.run_id);
  }

  #between(item: Chosen): readonly Chosen[] {
    const order = this.#order();
    const at = order.findIndex((other) => other.run_id === item.run_id);
    const from = order.findIndex((other) => other.run_id === this.#last);
    if (at < 0 || from < 0) return [item];
    return order.slice(Math.min(at, from), Math.max(at, from) + 1);
  }
}
