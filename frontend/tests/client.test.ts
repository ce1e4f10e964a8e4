import { afterEach, describe, expect, it, vi } from "vitest";
import { ApiError, get, told, parseJson, post, requestEnvelope, urlOf } from "../src/api/client";

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
  const failing = (exception: string, text: string): unknown =>
    vi.stubGlobal("fetch", async () => answer({ status: "error", response: { trace_id: "abcdefghijklmnop", exception, message: text, arguments: [text] } }));

  it("is a plain sentence with the trace id, and no text of an exception", async () => {
    failing("ValueError", "badly formed hexadecimal UUID string");
    const error: unknown = await get("/api").catch((thrown: unknown) => thrown);
    expect(told(error)).toBe("The server did not understand what was sent. Reload the page, and check what was entered. (trace abcdefghijkl)");
    expect(error).toMatchObject({ exception: "ValueError", said: "badly formed hexadecimal UUID string", status: 200 });
    failing("DocumentNotFound", "No ArgusRelease found matching {'name': 'nope'}");
    await expect(get("/api")).rejects.toMatchObject({ message: "It is not there, or no longer." });
    failing("Exception", "No notification id provided");
    await expect(get("/api")).rejects.toMatchObject({ message: "The server could not do that." });
  });

  it("says what the server wrote for people", async () => {
    failing("PlannerServiceException", "this view is already assigned to another plan");
    await expect(get("/api")).rejects.toMatchObject({ message: "This view is already assigned to another plan." });
  });

  it("of the page itself says no more than that", () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
    expect(told(new TypeError("x is undefined"))).toBe("This page could not do that. Reload it.");
    expect(log).toHaveBeenCalledOnce();
  });

  it("reads the forbidden form, which has no response", async () => {
    vi.stubGlobal("fetch", async () => answer({ status: "error", message: "Forbidden" }, 403));
    await expect(get("/admin")).rejects.toMatchObject({ message: "You are not allowed to do that.", status: 403 });
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
