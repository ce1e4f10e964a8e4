/** Data of the server as reactive state: loading, failed, how old; repeated while the tab is visible. */
import { ApiError } from "../api/client";

export class Query<T> {
  data = $state.raw<T | undefined>(undefined);
  error = $state.raw<ApiError | undefined>(undefined);
  loading = $state(false);
  /** When the shown data arrived, in milliseconds of the epoch; 0 before the first answer. */
  updatedAt = $state(0);
  readonly #fetch: () => Promise<T>;
  #sequence = 0;

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
      this.data = data;
      this.error = undefined;
      this.updatedAt = Date.now();
    } catch (error) {
      if (mine !== this.#sequence) return;
      this.error = error instanceof ApiError ? error : new ApiError(String(error), { status: 0 });
    }
    this.loading = false;
  };

  /** Put in what a write answered, and let no request that was sent before it overwrite it. */
  set(data: T): void {
    this.#sequence++;
    this.data = data;
    this.error = undefined;
    this.loading = false;
    this.updatedAt = Date.now();
  }
}

interface Options {
  /** Seconds between two requests while the tab is visible; none: only once. A function may say so reactively. */
  every?: number | (() => number | undefined);
  /** Ask only while this is true; reactive. */
  when?: () => boolean;
}

/** A query of a component: asks when it is created and whenever what `fetch` reads changes. */
export function query<T>(fetch: () => Promise<T>, options: Options = {}): Query<T> {
  const result = new Query(fetch);
  $effect(() => {
    if (options.when?.() ?? true) void result.reload();
  });
  $effect(() => {
    const every = typeof options.every === "function" ? options.every() : options.every;
    const wanted = every !== undefined && (options.when?.() ?? true);
    return wanted ? repeatWhileVisible(() => void result.reload(), every * 1000) : undefined;
  });
  return result;
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
