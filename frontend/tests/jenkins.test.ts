import { describe, expect, it } from "vitest";
import { cloneable, sourceProblem, textOf } from "../src/jenkins/values";

describe("the version of an SCT build", () => {
  it("has to be said in exactly one way", () => {
    expect(sourceProblem({ scylla_version: "6.2", scylla_repo: " " })).toBe("");
    expect(sourceProblem({ scylla_version: "" })).toContain("Say which version");
    expect(sourceProblem({ scylla_version: "6.2", byo_scylla_repo: "x" })).toContain("scylla_version, scylla_byo");
  });

  it("may be one image a cloud", () => expect(sourceProblem({ scylla_ami_id: "ami-1", gce_image_db: "img" })).toBe(""));
});

it("values are sent as texts, nothing as an empty one", () => expect([true, 3, null, undefined, "a", [1]].map(textOf)).toEqual(["true", "3", "", "", "a", "[1]"]));

it("clones go into groups for reproducing that have a job folder, and anywhere in staging", () => {
  const group = (name: string, build_system_id: string | null, enabled = true) => ({ id: name, release_id: "r", name, pretty_name: null, enabled, build_system_id });
  const groups = [group("repro", "a/repro"), group("longevity", "a/longevity"), group("repro-2", null), group("repro-3", "a", false)];
  expect(cloneable(groups, { name: "scylla-6.2" }).map((one) => one.name)).toEqual(["repro"]);
  expect(cloneable(groups, { name: "scylla-staging" }).map((one) => one.name)).toEqual(["repro", "longevity"]);
});
