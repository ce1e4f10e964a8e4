import { afterEach, describe, expect, it, vi } from "vitest";
import { ApiError, get, parseJson, post, requestEnvelope, urlOf } from "../src/api/client";

const loginAgain = vi.hoisted(() => vi.fn(async () => undefined));
vi.mock("../src/lib/session", () => ({ loginAgain }));

function answer(body: unknown, status = 200, type = "application/json"): Response {
  return new Response(typeof body === "string" ? body : JSON.stringify(body), { status, headers: { "Content-Type": type } });
}

afterEach(() => {
  loginAgain.mockClear();
  vi.unstubAllGlobals();
});

describe("an address", () => {
  it("leaves out what is not set, and repeats lists with brackets", () => {
    expect(urlOf("/x", { a: null, b: undefined, c: "", d: 0, e: false, f: ["1", "2"] })).toBe("/x?d=0&e=0&f%5B%5D=1&f%5B%5D=2");
    expect(urlOf("/x")).toBe("/x");
  });
});

describe("an answer", () => {
  it("is taken out of its envelope", async () => {
    vi.stubGlobal("fetch", async () => answer({ status: "ok", response: [1] }));
    expect(await get("/api")).toEqual([1]);
  });

  it("keeps what stands beside `response`", async () => {
    vi.stubGlobal("fetch", async () => answer({ status: "ok", tables: [] }));
    expect(await requestEnvelope("GET", "/api")).toEqual({ status: "ok", tables: [] });
  });

  it("may hold a bare NaN or Infinity, which reads as null", () => {
    expect(parseJson('{"a":NaN,"b":[1,-Infinity,Infinity],"c":"NaN"}')).toEqual({ a: null, b: [1, null, null], c: "NaN" });
    expect(parseJson('{"v":NaN,"t":"rows: NaN, cols: -Infinity, \\": NaN, ok"}')).toEqual({ v: null, t: 'rows: NaN, cols: -Infinity, ": NaN, ok' });
    expect(() => parseJson("{")).toThrow(SyntaxError);
  });
});

describe("a failure", () => {
  it("carries message, class and trace id of the envelope", async () => {
    const response = { trace_id: "abc", exception: "ValueError", message: "bad", arguments: ["badly formed"] };
    vi.stubGlobal("fetch", async () => answer({ status: "error", response }));
    await expect(get("/api")).rejects.toMatchObject({ message: "badly formed", exception: "ValueError", traceId: "abc", status: 200 });
  });

  it("falls back to the message when the first argument is no text", async () => {
    vi.stubGlobal("fetch", async () => answer({ status: "error", response: { exception: "E", message: "m", arguments: [null] } }));
    await expect(get("/api")).rejects.toMatchObject({ message: "m" });
  });

  it("reads the forbidden form, which has no response", async () => {
    vi.stubGlobal("fetch", async () => answer({ status: "error", message: "Forbidden" }, 403));
    await expect(get("/admin")).rejects.toMatchObject({ message: "Forbidden", status: 403 });
    expect(loginAgain).not.toHaveBeenCalled();
  });

  it("is told apart from an answer that is no JSON, and from none at all", async () => {
    vi.stubGlobal("fetch", async () => answer("<html>", 502, "text/html"));
    await expect(get("/api")).rejects.toMatchObject({ status: 502 });
    vi.stubGlobal("fetch", async () => {
      throw new TypeError("Failed to fetch");
    });
    await expect(get("/api")).rejects.toEqual(new ApiError("The server cannot be reached.", { status: 0 }));
  });
});

describe("an expired login", () => {
  it("asks to log in again and repeats the request with the same body", async () => {
    const bodies: unknown[] = [];
    vi.stubGlobal("fetch", async (_: string, init: RequestInit) => {
      bodies.push(init.body);
      return bodies.length === 1 ? answer({ status: "error", message: "Authorization required" }, 403) : answer({ status: "ok", response: true });
    });
    expect(await post("/api", { message: "draft" })).toBe(true);
    expect(loginAgain).toHaveBeenCalledOnce();
    expect(bodies).toEqual(['{"message":"draft"}', '{"message":"draft"}']);
  });
});
