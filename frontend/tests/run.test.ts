import { describe, expect, it, vi } from "vitest";
import type { Histogram } from "../src/api/events";
import type { PerformanceRun, Run, SctEvent } from "../src/api/types";
import { bytes } from "../src/lib/bytes";
import { complete, mentionBefore, peopleNamed, prefixLines, surround } from "../src/lib/mentions";
import { renderMarkdown } from "../src/lib/markdown";
import { caseIsBad, caseLook } from "../src/lib/status";
import { linesOf, settingsOf } from "../src/run/config";
import { eventsFrom, linesOf as linesOfEvents, type Choice } from "../src/run/eventlist";
import { againstVersions } from "../src/run/performance";
import { timelineOf } from "../src/run/timeline";

const HOUR = 3_600_000;
const start = Date.parse("2026-01-01T00:00:00Z");
const event = (id: string, duplicate_id: string | null = null): SctEvent => ({ event_id: id, severity: "ERROR", ts: new Date(start + Number(id) * HOUR).toISOString(), message: `event ${id}`, duplicate_id }) as SctEvent;
const histogram: Histogram = { start: new Date(start + 2 * HOUR).toISOString(), seconds: 3600, counts: { CRITICAL: [1, 0], ERROR: [2, 3], DEBUG: [7, 7] }, totals: {}, more: false };
const nemesis = (from: number, to: number) => ({ name: `n${from}`, class_name: null, status: "succeeded", start_time: (start + from * HOUR) / 1000, end_time: to ? (start + to * HOUR) / 1000 : 0, target_node: null, stack_trace: null });
const run = (...nemeses: ReturnType<typeof nemesis>[]): Run => ({ start_time: new Date(start).toISOString(), end_time: new Date(start + 10 * HOUR).toISOString(), nemesis_data: nemeses }) as Run;

describe("the timeline of a run", () => {
  it("puts nemeses beside each other that overlap, and below none that has ended", () => {
    expect(timelineOf(run(nemesis(1, 4), nemesis(2, 3), nemesis(5, 6)), undefined, [], 0)?.bands.map((band) => band.lane)).toEqual([0, 1, 0]);
  });

  it("puts bars where their events were, of the chosen severities", () => {
    const line = timelineOf(run(nemesis(1, 2)), histogram, ["CRITICAL", "ERROR"], 0);
    expect(line?.slots.map(({ critical, error, other }) => [critical, error, other])).toEqual([[1, 2, 0], [0, 3, 0]]);
    expect(line?.slots[1]?.from).toBeCloseTo(0.3);
    expect([line?.start, line?.end]).toEqual([start, start + 10 * HOUR]);
  });

  it("lets a nemesis that goes on reach until now", () => {
    const line = timelineOf({ ...run(nemesis(1, 0)), end_time: "1970-01-01T00:00:00Z" }, undefined, [], start + 2 * HOUR);
    expect(line?.bands[0]?.width).toBeCloseTo(0.5);
  });

  it("is none without anything that happened", () => expect(timelineOf(run(), undefined, [], 0)).toBeNull());
});

describe("the list of events", () => {
  it("folds duplicates into one line where the newest is, also while the first of them is not loaded", () => {
    const first = linesOfEvents([event("9"), event("8", "1"), event("7"), event("6", "1")]);
    expect(first.map((line) => [line.key, line.event.event_id, line.others.length])).toEqual([["9", "9", 0], ["1", "8", 1], ["7", "7", 0]]);
    const all = linesOfEvents([event("8", "1"), event("7"), event("6", "1"), event("1")]);
    expect(all.map((line) => [line.key, line.event.event_id, line.at])).toEqual([["1", "1", start + 8 * HOUR], ["7", "7", start + 7 * HOUR]]);
  });

  const choice: Choice = { severities: ["ERROR"], text: "", from: 0, to: 0, event: "" };
  function answering(...pages: { events: SctEvent[]; next: string | null }[]): URLSearchParams[] {
    const asked: URLSearchParams[] = [];
    vi.stubGlobal("fetch", (url: string) => {
      asked.push(new URL(url, "http://argus.test").searchParams);
      return Promise.resolve(Response.json({ status: "ok", response: pages[asked.length - 1] ?? pages.at(-1) }));
    });
    return asked;
  }
  const hour = (count: number): string => new Date(start + count * HOUR).toISOString();

  it("looks for a text on the server, and for an expression here, in a bounded number of requests", async () => {
    let asked = answering({ events: [event("9")], next: null });
    await eventsFrom("r", { ...choice, text: "event 9" }, 50);
    expect([asked[0]?.get("q"), asked[0]?.get("limit")]).toEqual(["event 9", "50"]);
    asked = answering({ events: [event("9"), event("8")], next: hour(8) });
    const found = await eventsFrom("r", { ...choice, text: "event [89]$" }, 50);
    expect([asked.length, asked[0]?.get("q"), asked[1]?.get("before"), found.next]).toEqual([5, null, hour(8), hour(8)]);
    expect(await eventsFrom("r", { ...choice, text: "event [1-7]$" }, 50)).toEqual({ events: [], next: hour(8) });
  });

  it("keeps to the chosen time", async () => {
    const asked = answering({ events: [event("7"), event("6"), event("4")], next: hour(4) });
    const found = await eventsFrom("r", { ...choice, from: start + 5 * HOUR, to: start + 7 * HOUR }, 50);
    expect(found).toEqual({ events: [event("7"), event("6")], next: null });
    expect(asked.map((one) => one.get("before"))).toEqual([new Date(start + 7 * HOUR + 1).toISOString()]);
  });

  it("asks for nothing when no severity is chosen", async () => {
    const asked = answering({ events: [], next: null });
    expect(await eventsFrom("r", { ...choice, severities: [] }, 50)).toEqual({ events: [], next: null });
    expect(asked).toEqual([]);
  });
});

describe("a configuration", () => {
  it("is a list of dotted keys in its own order", () => {
    expect(settingsOf('{"b": {"c": [1, {"d": null}]}, "a": "x", "e": {}}')).toEqual([
      { key: "b.c.0", value: "1" },
      { key: "b.c.1.d", value: "null" },
      { key: "a", value: "x" },
      { key: "e", value: "{}" },
    ]);
  });

  it("that is no JSON is looked through line by line", () => {
    expect(settingsOf("cluster_name: a")).toBeNull();
    expect(linesOf("cluster_name: a: b\n# note\n  - item\nexperimental:")).toEqual([{ key: "cluster_name", value: "a: b" }, { key: "experimental", value: "" }]);
  });
});

describe("somebody mentioned while a comment is written", () => {
  const people = [{ username: "bob", full_name: "Alice Bobson" }, { username: "alice", full_name: "Alice" }, { username: "carol", full_name: null }].map((user) => ({ id: user.username, email: null, picture_id: null, ...user }));

  it("is looked for after an @ that begins a word, and nowhere else", () => {
    expect(mentionBefore("see @al", 7)).toEqual({ at: 4, begin: "al" });
    expect(mentionBefore("mail a@al", 9)).toBeUndefined();
    expect(mentionBefore("see @al done", 12)).toBeUndefined();
  });

  it("is found by user name first, then by any part of the full name", () => expect(peopleNamed("al", people).map((user) => user.username)).toEqual(["alice", "bob"]));

  it("is put in by user name, with what follows kept", () => expect(complete("see @al!", { at: 4, begin: "al" }, "alice")).toEqual({ text: "see @alice !", start: 11, end: 11 }));
});

describe("the toolbar", () => {
  it("puts marks around the selection and keeps it selected", () => expect(surround("a b c", 2, 3, "**")).toEqual({ text: "a **b** c", start: 4, end: 5 }));
  it("marks every selected line from its beginning", () => expect(prefixLines("one\ntwo\nthree", 5, 9, "> ").text).toBe("one\n> two\n> three"));
});

describe("a comment", () => {
  it("shows the boxes of task lists as signs", () => {
    const html = renderMarkdown("- [ ] open\n- [x] done");
    expect(html).toContain("☐");
    expect(html).toContain("☑");
    expect(html).not.toContain("<input");
  });
});

describe("a case that was expected to fail", () => {
  it("is quiet when it failed and asks for somebody when it passed", () => {
    expect([caseLook("xfailed").tone, caseLook("xpass").tone, caseIsBad("xfailed"), caseIsBad("failure & error")]).toEqual(["quiet", "caution", false, true]);
  });
});

it.each([[999, "999 B"], [1000, "1.0 kB"], [12_345_678, "12 MB"], [5.5e15, "5500 TB"]])("%d bytes read %s", (size, text) => expect(bytes(size)).toBe(text));

describe("a performance run against earlier ones", () => {
  const earlier = (version: string, day: number, rate: number, latency: number) =>
    ({ scylla_version: version, start_time: `2026-01-0${day}T00:00:00Z`, perf_op_rate_total: rate, perf_avg_latency_99th: latency }) as unknown as PerformanceRun;

  it("is held against the last and the best of each version, and better is positive whichever way a metric points", () => {
    const mine = { perf_op_rate_total: 110, perf_avg_latency_99th: 8 };
    const found = againstVersions(mine, [earlier("1.0", 1, 100, 4), earlier("1.0", 3, 88, 10), earlier("2.0", 2, 0, 16)]);
    const told = found.map((one) => [one.version, one.metric.name, one.last.value, one.last.off, one.best.value, one.best.off]);
    expect(told).toContainEqual(["1.0", "perf_op_rate_total", 88, 25, 100, 10]);
    expect(told).toContainEqual(["1.0", "perf_avg_latency_99th", 10, 20, 4, -100]);
    expect(told).toContainEqual(["2.0", "perf_op_rate_total", 0, undefined, 0, undefined]);
    expect(told).toContainEqual(["2.0", "perf_avg_latency_99th", 16, 50, 16, 50]);
  });
});
