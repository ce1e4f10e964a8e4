import { expect, it } from "vitest";
import { grouped, namesOf, type Entry } from "../src/api/inbox";

const about = (id: string, build_number: number | null) => ({ id, plugin: "generic", name: "t", build_number, status: "failed" });
const entry = (id: string, run: Entry["run"], title: string | null = "T"): Entry => ({ id, sender: null, created: 0, title, state: 1, content: null, run, href: null });

it("groups of one name are told apart, and none has the name of another", () => {
  const groups = grouped([entry("1", about("a", 3)), entry("2", about("b", 3)), entry("3", about("b", 3)), entry("4", about("c", 4)), entry("5", null), entry("6", null), entry("7", null, null)]);
  expect([...namesOf(groups).values()]).toEqual(["t #3", "t #3 (2)", "t #4", "T", "T (2)", "Notification"]);
});
