import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "../src/api/client";
import { Query, repeatWhileVisible } from "../src/lib/query.svelte";

describe("a query", () => {
  it("drops an answer that a later request overtook", async () => {
    const answers: ((value: string) => void)[] = [];
    const query = new Query(() => new Promise<string>((resolve) => answers.push(resolve)));
    const first = query.reload();
    const second = query.reload();
    answers[1]?.("new");
    await second;
    answers[0]?.("old");
    await first;
    expect(query.data).toBe("new");
    expect(query.loading).toBe(false);
  });

  it("keeps what it has when a refresh fails, and says that it failed", async () => {
    let fails = false;
    const query = new Query(async () => {
      if (fails) throw new ApiError("down", { status: 0 });
      return 1;
    });
    await query.reload();
    fails = true;
    await query.reload();
    expect([query.data, query.error?.message, query.loading]).toEqual([1, "down", false]);
    fails = false;
    await query.reload();
    expect(query.error).toBeUndefined();
  });

  it("does not let an earlier request overwrite what a write answered", async () => {
    let resolve: (value: string) => void = () => undefined;
    const query = new Query(() => new Promise<string>((done) => (resolve = done)));
    const loading = query.reload();
    query.set("written");
    resolve("stale");
    await loading;
    expect(query.data).toBe("written");
  });

  /** A query whose answers are given by hand. */
  function byHand(): [Query<string[]>, ((value: string[]) => Promise<void>)[]] {
    const answers: ((value: string[]) => Promise<void>)[] = [];
    const query = new Query(() => new Promise<string[]>((resolve) => answers.push((value) => Promise.resolve(resolve(value)))));
    return [query, answers];
  }
  const adds = (item: string) => (shown: string[]): string[] => [...shown, item];

  it("puts what a write changed into an answer that was under way, and loses nothing of that", async () => {
    const [query, answers] = byHand();
    const first = query.reload();
    await answers[0]?.(["a"]);
    await first;
    const second = query.reload();
    query.change(adds("mine"));
    expect(query.data).toEqual(["a", "mine"]);
    await answers[1]?.(["a", "b"]);
    await second;
    expect(query.data).toEqual(["a", "b", "mine"]);
    const third = query.reload();
    await answers[2]?.(["a", "b", "c"]);
    await third;
    expect(query.data, "asked after the write").toEqual(["a", "b", "c"]);
  });

  it("shows what is being written over whatever is answered meanwhile", async () => {
    const [query, answers] = byHand();
    const first = query.reload();
    await answers[0]?.(["a"]);
    await first;
    let written: () => void = () => undefined;
    const writing = query.whileWriting(adds("mine"), new Promise<void>((resolve) => (written = resolve)));
    const meanwhile = query.reload();
    await answers[1]?.(["a", "b"]);
    await meanwhile;
    expect(query.data).toEqual(["a", "b", "mine"]);
    const late = query.reload();
    written();
    await writing;
    await answers[2]?.(["a"]);
    await late;
    expect(query.data, "asked before the write was done").toEqual(["a", "mine"]);
  });

  it("shows no more what could not be written, and keeps what others wrote", async () => {
    const [query, answers] = byHand();
    const first = query.reload();
    await answers[0]?.(["a"]);
    await first;
    const failing = query.whileWriting(adds("mine"), Promise.reject(new ApiError("down", { status: 0 })));
    query.change(adds("other"));
    expect(query.data).toEqual(["a", "mine", "other"]);
    await expect(failing).rejects.toThrow("down");
    expect(query.data).toEqual(["a", "other"]);
  });

  it("has nothing to change before the first answer", async () => {
    const [query, answers] = byHand();
    const first = query.reload();
    query.change(adds("mine"));
    expect(query.data).toBeUndefined();
    await answers[0]?.(["a"]);
    await first;
    expect(query.data).toEqual(["a", "mine"]);
  });
});

describe("polling", () => {
  let hidden = false;
  beforeEach(() => {
    vi.useFakeTimers();
    hidden = false;
    vi.spyOn(document, "hidden", "get").mockImplementation(() => hidden);
  });
  afterEach(() => vi.useRealTimers());

  it("rests while the tab is hidden and catches up at once when it is shown", () => {
    const task = vi.fn();
    const stop = repeatWhileVisible(task, 30_000);
    vi.advanceTimersByTime(31_000);
    expect(task).toHaveBeenCalledTimes(1);
    hidden = true;
    vi.advanceTimersByTime(300_000);
    expect(task).toHaveBeenCalledTimes(1);
    hidden = false;
    document.dispatchEvent(new Event("visibilitychange"));
    expect(task).toHaveBeenCalledTimes(2);
    stop();
    vi.advanceTimersByTime(300_000);
    expect(task).toHaveBeenCalledTimes(2);
  });
});
