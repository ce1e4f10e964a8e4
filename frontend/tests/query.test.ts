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
