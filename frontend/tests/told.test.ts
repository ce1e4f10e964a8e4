import { describe, expect, it } from "vitest";
import { dueTimes } from "../src/api/told";

const told = (now: Date): [string, string][] => dueTimes(now).map(([label, at]) => [label, `${at.getFullYear()}-${at.getMonth() + 1}-${at.getDate()} ${at.getHours()}:${at.getMinutes()}`]);

describe("until when a notification is put off", () => {
  it("is in three hours, tomorrow morning or Monday morning", () => {
    expect(told(new Date(2026, 10, 25, 10, 30))).toEqual([["Later today", "2026-11-25 13:30"], ["Tomorrow", "2026-11-26 9:0"], ["Next week", "2026-11-30 9:0"]]);
  });

  it("is not later today late in the evening, and the end of a month is no obstacle", () => {
    expect(told(new Date(2026, 10, 30, 22))).toEqual([["Tomorrow", "2026-12-1 9:0"], ["Next week", "2026-12-7 9:0"]]);
  });

  it("is the next day of a Sunday in either way", () => {
    expect(told(new Date(2026, 10, 29, 8)).slice(1)).toEqual([["Tomorrow", "2026-11-30 9:0"], ["Next week", "2026-11-30 9:0"]]);
  });
});
