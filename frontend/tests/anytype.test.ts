import { afterEach, expect, it, vi } from "vitest";
import { runOfAnyType } from "../src/api/runs";

afterEach(() => vi.unstubAllGlobals());

function served(answers: Record<string, unknown>): string[] {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (path: string) => {
    asked.push(path);
    return new Response(JSON.stringify({ status: "ok", response: answers[path] ?? null }), { headers: { "Content-Type": "application/json" } });
  });
  return asked;
}

it("a run under a type that nobody serves is read as what it is", async () => {
  served({ "/api/v1/run/r/type": { run_type: "generic" }, "/api/v1/run/generic/r": { id: "r" } });
  expect(await runOfAnyType("mystery", "r")).toEqual({ id: "r" });
});

it("a run that is not there is not looked for under other types, where the type is known", async () => {
  const asked = served({});
  expect(await runOfAnyType("generic", "r")).toBeNull();
  expect(asked).toEqual(["/api/v1/run/generic/r"]);
});
