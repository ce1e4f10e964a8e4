/** One clock for every relative age on the page; it rests while the tab is hidden. */
import { repeatWhileVisible } from "./query.svelte";

const clock = $state({ now: Date.now() });
let started = false;

export function now(): number {
  if (!started) {
    started = true;
    repeatWhileVisible(() => (clock.now = Date.now()), 10_000);
  }
  return clock.now;
}
