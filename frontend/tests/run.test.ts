import { describe, expect, it } from "vitest";
import type { Run, SctEvent } from "../src/api/types";
import { bytes } from "../src/lib/bytes";
import { complete, mentionBefore, peopleNamed, prefixLines, surround } from "../src/lib/mentions";
import { renderMarkdown } from "../src/lib/markdown";
import { caseIsBad, caseLook } from "../src/lib/status";
import { linesOf, settingsOf } from "../src/run/config";
import { timelineOf } from "../src/run/timeline";

const HOUR = 3_600_000;
const start = Date.parse("2026-01-01T00:00:00Z");
const event = (hours: number, severity = "ERROR"): SctEvent => ({ severity, ts: new Date(start + hours * HOUR).toISOString() }) as SctEvent;
const nemesis = (from: number, to: number) => ({ name: `n${from}`, class_name: null, status: "succeeded", start_time: (start + from * HOUR) / 1000, end_time: to ? (start + to * HOUR) / 1000 : 0, target_node: null, stack_trace: null });
const run = (...nemeses: ReturnType<typeof nemesis>[]): Run => ({ start_time: new Date(start).toISOString(), end_time: new Date(start + 10 * HOUR).toISOString(), nemesis_data: nemeses }) as Run;

describe("the timeline of a run", () => {
  it("puts nemeses beside each other that overlap, and below none that has ended", () => {
    expect(timelineOf(run(nemesis(1, 4), nemesis(2, 3), nemesis(5, 6)), [], 0)?.bands.map((band) => band.lane)).toEqual([0, 1, 0]);
  });

  it("counts the events during a nemesis and along the whole time", () => {
    const line = timelineOf(run(nemesis(1, 2)), [event(1.5), event(1.6, "CRITICAL"), event(9)], 0);
    expect(line?.bands[0]?.events).toBe(2);
    expect(line?.slots.reduce((sum, slot) => sum + slot.critical + slot.error, 0)).toBe(3);
    expect([line?.start, line?.end]).toEqual([start, start + 10 * HOUR]);
  });

  it("lets a nemesis that goes on reach until now", () => {
    const line = timelineOf({ ...run(nemesis(1, 0)), end_time: "1970-01-01T00:00:00Z" }, [], start + 2 * HOUR);
    expect(line?.bands[0]?.width).toBeCloseTo(0.5);
  });

  it("is none without anything that happened", () => expect(timelineOf(run(), [], 0)).toBeNull());
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
