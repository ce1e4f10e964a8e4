import { describe, expect, it } from "vitest";
import type { Said } from "../src/api/discussion";
import type { Nemesis, SctEvent } from "../src/api/types";
import { putIn, titleOf } from "../src/lib/pictures";
import { aboutCell, aboutEvent, aboutNamed, aboutNemesis, countsOf, hrefOf, keyOf, placeOf } from "../src/run/about";

const event = { event_id: "e1", severity: "WARNING", event_type: "Log", ts: "2026-11-20T14:05:09.000Z" } as SctEvent;
const nemesis = { name: "A: b", start_time: 12, status: "failed" } as Nemesis;

describe("parts of a run", () => {
  it("lead to where they stand, with what must be chosen to see them", () => {
    expect(aboutEvent(event)).toEqual({ kind: "event", ref: "e1", label: "WARNING Log 14:05:09" });
    expect(hrefOf("sct", "r", aboutEvent(event))).toBe("/tests/sct/r/sct-events?severity=CRITICAL%2CERROR%2CWARNING#event-e1");
    expect(placeOf(aboutEvent({ ...event, severity: "ERROR" }))).toEqual(["sct-events", "#event-e1", {}]);
    expect(placeOf(aboutNemesis(nemesis)!)[1]).not.toMatch(/\s/);
  });

  it("are found again by the key in an address, also when nobody has said anything yet", () => {
    const cell = aboutCell("t", "row 1", "p99")!;
    for (const about of [aboutNemesis(nemesis)!, cell]) expect(aboutNamed(keyOf(about), [])).toEqual(about);
    expect(aboutNamed("event:e1", [null, aboutEvent(event)])?.label).toBe("WARNING Log 14:05:09");
    expect(aboutNamed("event:e1", [])?.label).toBe("an event");
    for (const wrong of ["", "event", "event:", "log:x"]) expect(aboutNamed(wrong, [])).toBeUndefined();
    expect(aboutNamed("cell:no json", [])?.label).toBe("a result");
  });

  it("with names that are too long cannot be commented on", () => {
    expect(aboutCell("t".repeat(500), "r", "c")).toBeUndefined();
    expect(aboutCell("t".repeat(300), "r", "c")?.label).toHaveLength(200);
  });

  it("are counted by what comments are about", () => {
    const comments = [aboutEvent(event), null, aboutEvent(event)].map((about) => ({ about }) as Said);
    expect(countsOf(comments)).toEqual({ "event:e1": 2 });
  });
});

describe("pictures in a text", () => {
  it("stand on lines of their own", () => {
    expect(putIn("", 0, "P")).toBe("P\n");
    expect(putIn("ab", 1, "P")).toBe("a\nP\nb");
    expect(putIn("a\nb", 2, "P")).toBe("a\nP\nb");
  });

  it("are called as their files, without what Markdown reads", () => {
    expect(titleOf(new File([], "disk [full](x).png"))).toBe("disk  full  x");
    expect(titleOf(new File([], ".png"))).toBe("picture");
  });
});
