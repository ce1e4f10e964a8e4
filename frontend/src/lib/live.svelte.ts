/**
 * What changes on the server, as it happens. One tab of a browser has the stream (the one that holds the lock) and passes on what comes to
 * the others; a hidden tab neither holds it nor hears anything, and looks at everything again when it is shown. See docs/live.md.
 */

export interface Change {
  type: string;
  topic: string;
  seq: number;
  data: Record<string, unknown>;
}

/** More has changed than can be told: everything has to be looked at again. */
export const RESYNC = "resync";

type Told =
  | { kind: "want"; tab: string; topics: string[] }
  | { kind: "who" }
  | { kind: "live"; live: boolean }
  | { kind: "change"; change: Change };

interface Listener {
  topics: readonly string[];
  hear: (change: Change) => void;
}

const NAME = "argus_live";
const SETTLE_MS = 50; // in which a page says what it wants
const AGAIN_MS = [1000, 3000, 10_000, 30_000]; // after which a stream that was refused is asked for again
const EVERYTHING: Change = { type: RESYNC, topic: "", seq: 0, data: {} };

const state = $state({ live: false });
// eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing is drawn from it
const listeners = new Set<Listener>();
const tab = Math.random().toString(36).slice(2);
let channel: BroadcastChannel | undefined;
let stream: Stream | undefined; // of the tab that leads
let leaving: AbortController | undefined; // of a tab that leads or waits to
let settling: ReturnType<typeof setTimeout> | undefined;
let watching = false;

/** Whether changes arrive by themselves; reactive. */
export const isLive = (): boolean => state.live;

/** Hear of the changes of some topics; returns what ends it. */
export function listen(topics: readonly string[], hear: (change: Change) => void): () => void {
  const mine = { topics, hear };
  listeners.add(mine);
  settle();
  return () => {
    listeners.delete(mine);
    settle();
  };
}

/** What is of an id that cannot be one would have the whole stream refused. */
const IS_TOPIC = /^\w+(:(me|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}))?$/i;

function mine(): string[] {
  return [...new Set([...listeners].flatMap((listener) => listener.topics))].filter((topic) => IS_TOPIC.test(topic)).sort();
}

function hear(change: Change): void {
  for (const listener of [...listeners]) {
    if (change.type === RESYNC || listener.topics.some((topic) => topic === change.topic || (topic === "user:me" && change.topic.startsWith("user:")))) listener.hear(change);
  }
}

/** After a moment: be in the game while the tab is shown and somebody here listens, and out of it else. */
function settle(): void {
  if (!("EventSource" in globalThis)) return;
  if (!watching) {
    watching = true;
    document.addEventListener("visibilitychange", shownOrHidden);
    addEventListener("pagehide", leave);
  }
  clearTimeout(settling);
  settling = setTimeout(() => {
    if (document.hidden || listeners.size === 0) leave();
    else join();
  }, SETTLE_MS);
}

let hiddenSince = 0;
function shownOrHidden(): void {
  if (document.hidden) hiddenSince = Date.now();
  else if (hiddenSince && Date.now() - hiddenSince > 1000) hear(EVERYTHING);
  settle();
}

function join(): void {
  if (!channel && "BroadcastChannel" in globalThis) {
    channel = new BroadcastChannel(NAME);
    channel.onmessage = (event: MessageEvent<Told>) => told(event.data);
  }
  if (!leaving) {
    leaving = new AbortController();
    if ("locks" in navigator && channel) navigator.locks.request(NAME, { signal: leaving.signal }, lead).catch(() => undefined);
    else void lead();
  }
  want();
}

function leave(): void {
  clearTimeout(settling);
  leaving?.abort();
  stream?.close();
  leaving = stream = undefined;
  channel?.postMessage({ kind: "want", tab, topics: [] } satisfies Told);
  channel?.close();
  channel = undefined;
  state.live = false;
}

function want(): void {
  if (stream) stream.want(tab, mine());
  else channel?.postMessage({ kind: "want", tab, topics: mine() } satisfies Told);
}

function told(message: Told): void {
  if (message.kind === "want") stream?.want(message.tab, message.topics);
  else if (message.kind === "who") want();
  else if (message.kind === "change") hear(message.change);
  else state.live = message.live;
}

/** Have the stream until this tab leaves. */
async function lead(): Promise<void> {
  const signal = leaving?.signal;
  if (!signal || signal.aborted) return;
  stream = new Stream();
  stream.want(tab, mine());
  channel?.postMessage({ kind: "who" } satisfies Told);
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
}

class Stream {
  #wanted = new Map<string, string[]>();
  #open = ""; // the topics that it has
  #seen = 0; // the last `seq`
  #source: EventSource | undefined;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  want(who: string, topics: string[]): void {
    if (topics.length) this.#wanted.set(who, topics);
    else this.#wanted.delete(who);
    const missing = topics.some((topic) => !this.#open.split(",").includes(topic));
    if (missing) this.#later(0);
    else if (who !== tab) this.#tell();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = undefined;
  }

  #later(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#connect(), milliseconds);
  }

  #connect(): void {
    this.#open = [...new Set([...this.#wanted.values()].flat())].sort().slice(0, 100).join(",");
    this.close();
    if (!this.#open) return;
    // what changed since the page began to load is told, too
    const from: Record<string, string> = this.#seen ? { since: String(this.#seen) } : { ago: String(Math.ceil(performance.now())) };
    const source = new EventSource(`/api/v1/live?${new URLSearchParams({ topics: this.#open, ...from }).toString()}`);
    this.#source = source;
    source.onmessage = (event: MessageEvent<string>) => {
      const change = JSON.parse(event.data) as Change;
      this.#seen = Math.max(this.#seen, change.seq);
      channel?.postMessage({ kind: "change", change } satisfies Told);
      hear(change);
    };
    source.addEventListener("beat", (event: MessageEvent<string>) => {
      this.#seen = Math.max(this.#seen, Number(event.data));
    });
    source.onopen = () => {
      this.#failures = 0;
      this.#is(true);
    };
    source.onerror = () => {
      if (source.readyState !== EventSource.CLOSED) return; // it comes again by itself
      this.#is(false);
      const pause = AGAIN_MS[Math.min(this.#failures++, AGAIN_MS.length - 1)] ?? 30_000;
      this.#later(pause * (0.75 + Math.random() / 2));
    };
  }

  #is(live: boolean): void {
    state.live = live;
    this.#tell();
  }

  #tell(): void {
    channel?.postMessage({ kind: "live", live: state.live } satisfies Told);
  }
}
