/** The search of the workspace: words in any order. */
import { afterEach, expect, it, vi } from "vitest";
import { search } from "../src/api/catalogue";

afterEach(() => vi.unstubAllGlobals());

const release = { id: "r", type: "release", name: "scylla-master", pretty_name: "Scylla master" };
const tests = ["longevity-10gb-3h", "longevity-100gb-4h", "gemini-3h"].map((name) => ({ id: name, type: "test", name, pretty_name: "", release, group: null }));

/** As the server answers: what holds the text as it stands, after a row of its own. */
function answering(): string[] {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (url: string) => {
    const query = new URL(url, "http://argus.test").searchParams.get("query") ?? "";
    asked.push(query);
    const text = query.replace(/type:\w+/, "").trim();
    const hits = [{ id: "all", type: "special", name: "Add all..." }, ...[release, ...tests].filter((hit) => (hit.pretty_name || hit.name).toLowerCase().includes(text))];
    return new Response(JSON.stringify({ status: "ok", response: { hits, total: hits.length } }), { headers: { "Content-Type": "application/json" } });
  });
  return asked;
}

it("asks for one word as it is written", async () => {
  const asked = answering();
  expect((await search("longevity")).map((hit) => hit.id)).toEqual(["longevity-10gb-3h", "longevity-100gb-4h"]);
  expect(asked).toEqual(["longevity"]);
});

it("finds what holds every word, in its own name or in those above it, once", async () => {
  const asked = answering();
  expect((await search("3h  MASTER longev type:test")).map((hit) => hit.id)).toEqual(["longevity-10gb-3h"]);
  expect(asked).toEqual(["3h type:test", "master type:test", "longev type:test"]);
});
