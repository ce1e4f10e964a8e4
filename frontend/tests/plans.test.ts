import { describe, expect, it } from "vitest";
import { difference, draftOf, plannedOnly } from "../src/api/plans";
import type { Plan } from "../src/api/types";

const plan = { id: "p", name: "RC 1", description: null, owner: "a", participants: ["a", "b"], target_version: "1", tests: ["t1", "t2"], groups: ["g"], assignee_mapping: { t1: "a", g: "b" } } as unknown as Plan;

describe("an edited plan", () => {
  it("that is as it was says nothing but its id", () => expect(difference(plan, draftOf(plan))).toEqual({ id: "p" }));

  it("says only what is different, so that two people can edit one plan", () => {
    const now = { ...draftOf(plan), name: "RC 2", tests: ["t2", "t3"], participants: ["b", "c"], assignments: { g: "b", t3: "c" } };
    expect(difference(plan, now)).toEqual({
      id: "p",
      name: "RC 2",
      tests_add: ["t3"],
      tests_remove: ["t1"],
      participants_add: ["c"],
      participants_remove: ["a"],
      assignee_mapping_set: { t3: "c" },
      assignee_mapping_remove: ["t1"],
    });
  });

  it("assigns nobody to what is not planned, and takes back who was put back to the owner", () => {
    const draft = { ...draftOf(plan), tests: ["t1"], groups: [], assignments: { t1: "", g: "b" } };
    expect(plannedOnly(draft).assignments).toEqual({});
    expect(difference(plan, draft).assignee_mapping_remove).toEqual(["t1", "g"]);
  });
});
