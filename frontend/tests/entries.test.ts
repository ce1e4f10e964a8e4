import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

const templates = `${import.meta.dirname}/../../templates`;
const entries = readdirSync(`${import.meta.dirname}/../src/entries`).map((file) => file.replace(/\.ts$/, ""));

it("every script that a page template asks for is an entry of the build", () => {
  const sources = readdirSync(templates)
    .filter((file) => file.endsWith(".html.j2"))
    .map((file) => readFileSync(`${templates}/${file}`, "utf8"));
  const wanted = sources.flatMap((text) => [...text.matchAll(/set bundle = "(\w+)"|\/s\/dist\/(\w+)\.bundle\.js/g)].map((match) => match[1] ?? match[2]));
  expect(wanted.length).toBeGreaterThan(20);
  expect(wanted.filter((name) => !entries.includes(name ?? ""))).toEqual([]);
});
