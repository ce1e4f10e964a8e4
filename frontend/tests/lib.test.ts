import { describe, expect, it } from "vitest";
import { matcher } from "../src/lib/filter";
import { investigationOf, runLook, statusPriority } from "../src/lib/status";
import { age, duration, millis } from "../src/lib/time";
import { dashboardUrl, decodeState, encodeState, plannerUrl, replaceParams, runUrl, safeHref, viewUrl } from "../src/lib/url";
import { compareVersions } from "../src/lib/version";
import { sentenceOf } from "../src/lib/words";

describe("the state of the workspace", () => {
  it("is URL-safe base64 of a JSON list, without padding, as other pages write it", () => {
    const ids = ["c396f918-590b-4c87-8f73-cf64067b4d0a", "1"];
    expect(decodeState(encodeState(ids))).toEqual(ids);
    expect(encodeState(ids)).not.toMatch(/[+/=]/);
    expect(decodeState("WyJhIl0")).toEqual(["a"]);
    expect(decodeState(btoa('[1,"a",null]'))).toEqual(["a"]);
  });

  it.each([null, "", "e30", "%%%", "bm90IGpzb24"])("that is not a list means none: %s", (state) => expect(decodeState(state)).toEqual([]));
});

describe("the address", () => {
  it("keeps what else stands in it, also behind the #, when a filter is set, changed or cleared", () => {
    history.replaceState(null, "", "/dashboard/x?q=a&open=1&open=2#event-7");
    replaceParams({ q: "b&c", open: ["3", "4"] });
    expect(location.href).toMatch(/\/dashboard\/x\?q=b%26c&open=3&open=4#event-7$/);
    replaceParams({ q: "", open: null });
    expect(location.href).toMatch(/\/dashboard\/x#event-7$/);
    replaceParams({ q: "x" }, "");
    expect(location.href).toMatch(/\/dashboard\/x\?q=x$/);
  });
});

describe("the sentence of an error", () => {
  it("is its text only where that is written for people", () => {
    expect(sentenceOf(200, "DataValidationError", "rows must be numbers")).toBe("Rows must be numbers.");
    expect(sentenceOf(200, "ValueError", "badly formed hexadecimal UUID string")).not.toContain("hexadecimal");
    expect(sentenceOf(200, "DocumentNotFound", "No ArgusRelease found matching {}")).toBe("It is not there, or no longer.");
    expect([sentenceOf(503), sentenceOf(418)]).toEqual(["The server is busy. Try again in a moment.", "The server could not do that."]);
  });
});

describe("links", () => {
  it("leave the default tab out", () => {
    expect(runUrl("generic", "1")).toBe("/tests/generic/1");
    expect(runUrl("generic", "1", "activity")).toBe("/tests/generic/1/activity");
  });

  it("hold names of any kind", () => {
    expect(dashboardUrl("6.2/rc?1#x%")).toBe("/dashboard/6.2%2Frc%3F1%23x%25");
    expect(plannerUrl("a b")).toBe("/release/a%20b/planner");
    expect(viewUrl("ü/+")).toBe("/view/%C3%BC%2F%2B");
  });

  it("of stored data are only ever http", () => {
    expect(safeHref("https://a")).toBe("https://a");
    expect(safeHref("javascript:alert(1)")).toBeUndefined();
    expect(safeHref(null)).toBeUndefined();
  });
});

describe("times", () => {
  it("treat the epoch as not set", () => {
    expect(millis("1970-01-01T00:00:00.000Z")).toBeNull();
    expect(millis(0)).toBeNull();
    expect(millis(10)).toBe(10_000);
    expect(millis("nonsense")).toBeNull();
  });

  it.each([[0, "just now"], [59, "59 s ago"], [60, "1 min ago"], [7300, "2 h ago"], [86_400 * 8, "1 w ago"], [86_400 * 400, "1 y ago"], [-30, "just now"]])("age of %d s: %s", (seconds, text) =>
    expect(age(0, seconds * 1000)).toBe(text),
  );

  it.each([[5, "5 s"], [61, "1 min 1 s"], [1800, "30 min"], [3600, "1 h"], [7500, "2 h 5 min"], [90_000, "1 d 1 h"]])("%d s take %s", (seconds, text) => expect(duration(seconds)).toBe(text));
});

describe("versions", () => {
  it("order development builds before candidates before releases", () => {
    const sorted = ["5.2.1", "5.2.1~rc1", "5.10.0", "5.2.1.dev", "2024.1.0", "5.2"].sort(compareVersions);
    expect(sorted).toEqual(["5.2", "5.2.1.dev", "5.2.1~rc1", "5.2.1", "5.10.0", "2024.1.0"]);
  });

  it("sort nothing last and ignore what follows a dash", () => {
    expect(compareVersions("", "1")).toBeGreaterThan(0);
    expect(compareVersions("1.0-x", "1.0-y")).toBe(0);
    expect(compareVersions("5.2", "5.2.rc1")).toBeGreaterThan(0);
    expect(compareVersions("5.2.rc1", "5.2")).toBeLessThan(0);
  });
});

describe("a filter", () => {
  it("is a regular expression, or plain text when it is none", () => {
    expect(matcher("^a.c")("ABCD")).toBe(true);
    expect(matcher("[x")("a[X]")).toBe(true);
    expect(matcher("")("anything")).toBe(true);
  });
});

describe("statuses", () => {
  it("have a look even when nobody knows them", () => expect(runLook("half_done").label).toBe("half done"));
  it("put failures first", () => expect(["passed", "failed", "running"].sort((a, b) => statusPriority(a) - statusPriority(b))).toEqual(["failed", "passed", "running"]));
  it("call for an investigation only where something failed", () => {
    expect(investigationOf({ status: "failed", investigation_status: "not_investigated" }).tone).toBe("bad");
    expect(investigationOf({ status: "passed", investigation_status: "not_investigated" }).tone).toBe("quiet");
  });
});
