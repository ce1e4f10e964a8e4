/** Data of the server as reactive state: loading, failed, how old; repeated while the tab is visible. */
import { asApiError, type ApiError } from "../api/client";
import { isLive, listen, RESYNC, type Change } from "./live.svelte";

interface Held<T> {
  change: (data: T) => T;
  /** The last request whose answer may have been made without it; all, while it is being written. */
  until: number;
}

export class Query<T> {
  data = $state.raw<T | undefined>(undefined);
  error = $state.raw<ApiError | undefined>(undefined);
  loading = $state(false);
  /** When the shown data arrived, in milliseconds of the epoch; 0 before the first answer. */
  updatedAt = $state(0);
  readonly #fetch: () => Promise<T>;
  #sequence = 0;
  /** What was answered, without what is held over it. */
  #answer: T | undefined;
  #held: Held<T>[] = [];

  constructor(fetch: () => Promise<T>) {
    this.#fetch = fetch;
  }

  /** Ask again. An answer that was overtaken by a later request is dropped. */
  reload = async (): Promise<void> => {
    const mine = ++this.#sequence;
    this.loading = true;
    try {
      const data = await this.#fetch();
      if (mine !== this.#sequence) return;
      this.#take(data);
    } catch (error) {
      if (mine !== this.#sequence) return;
      this.error = asApiError(error);
    }
    this.loading = false;
  };

  /** Put in what a write answered, and let no request that was sent before it overwrite it. */
  set(data: T): void {
    this.#sequence++;
    this.#take(data);
    this.loading = false;
  }

  /** Put in the part that a write has changed: also into an answer that is under way, which may have been made before the write. */
  change(change: (data: T) => T): void {
    this.#hold({ change, until: this.#sequence });
  }

  /** Show what a write changes while it is under way, whatever is answered meanwhile. Raises what the write does; it is shown no more then. */
  async whileWriting(change: (data: T) => T, write: Promise<unknown>): Promise<void> {
    const held = this.#hold({ change, until: Infinity });
    try {
      await write;
      held.until = this.#sequence;
    } catch (error) {
      this.#held = this.#held.filter((other) => other !== held);
      this.#show();
      throw error;
    }
  }

  #hold(held: Held<T>): Held<T> {
    this.#held.push(held);
    this.#show();
    return held;
  }

  #take(answer: T): void {
    this.#answer = answer;
    this.#held = this.#held.filter((held) => held.until >= this.#sequence);
    this.#show();
    this.error = undefined;
    this.updatedAt = Date.now();
  }

  #show(): void {
    if (this.#answer !== undefined) this.data = this.#held.reduce<T>((data, held) => held.change(data), this.#answer);
  }
}

interface Options {
  /** Topics whose changes make it ask again, by themselves or with the kinds of change that count; reactive. See docs/live.md. */
  live?: () => Topics | undefined;
  /** Seconds between two requests while the tab is visible; none: only once. A function may say so reactively. */
  every?: number | (() => number | undefined);
  /** Ask only while this is true; reactive. */
  when?: () => boolean;
}

export interface Topics {
  topics: readonly string[];
  kinds?: readonly string[];
  /** Looks at each change; what it answers says whether to ask again. */
  counts?: (change: Change) => boolean;
}

const APART_MS = 1000; // between two requests of a query that changes follow
const UNSEEN_SECONDS = 300; // between two requests while changes arrive by themselves: for what nobody could tell

/** A query of a component: asks when it is created and whenever what `fetch` reads changes. */
export function query<T>(fetch: () => Promise<T>, options: Options = {}): Query<T> {
  const result = new Query(fetch);
  $effect(() => {
    if (options.when?.() ?? true) void result.reload();
  });
  $effect(() => {
    const every = typeof options.every === "function" ? options.every() : options.every;
    const wanted = every !== undefined && (options.when?.() ?? true);
    const seconds = options.live && isLive() ? Math.max(UNSEEN_SECONDS, every ?? 0) : every;
    return wanted && seconds !== undefined ? repeatWhileVisible(() => void result.reload(), seconds * 1000) : undefined;
  });
  $effect(() => {
    const wanted = (options.when?.() ?? true) ? options.live?.() : undefined;
    return wanted?.topics.length ? follow(wanted, result.reload) : undefined;
  });
  return result;
}

/** Call `task` when something changes: at once, and of many changes once a second. */
function follow({ topics, kinds, counts }: Topics, task: () => Promise<void>): () => void {
  let last = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const end = listen(topics, (change) => {
    const wanted = change.type === RESYNC || ((kinds?.includes(change.type) ?? true) && (counts?.(change) ?? true));
    if (!wanted || timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      last = Date.now();
      void task();
    }, Math.max(0, last + APART_MS - Date.now()));
  });
  return () => {
    clearTimeout(timer);
    end();
  };
}

/** Call `task` every `period` milliseconds, not while the tab is hidden, and at once when it is shown again after longer than that. */
export function repeatWhileVisible(task: () => void, period: number): () => void {
  let last = Date.now();
  const tick = (): void => {
    if (document.hidden || Date.now() - last < period) return;
    last = Date.now();
    task();
  };
  const timer = setInterval(tick, Math.min(period, 5000));
  document.addEventListener("visibilitychange", tick);
  return () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", tick);
  };
}
