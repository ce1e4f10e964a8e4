import { expect, test } from "vitest";
import { lasting, MOST_SIGNS } from "../src/api/lasting";

test("a small change outlives its page", () => {
  expect(lasting("POST", { body: "{}" }).keepalive).toBe(true);
  expect(lasting("DELETE", {}).keepalive).toBe(true);
  expect(lasting("PUT", { body: "x".repeat(MOST_SIGNS) }).keepalive).toBe(true);
});

test("neither a read does nor what browsers would refuse to send", () => {
  expect(lasting("GET", {}).keepalive).toBeUndefined();
  expect(lasting("POST", { body: "x".repeat(MOST_SIGNS + 1) }).keepalive).toBeUndefined();
  expect(lasting("POST", { body: new FormData() }).keepalive).toBeUndefined();
});
