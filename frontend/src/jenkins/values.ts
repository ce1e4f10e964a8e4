/** What the form of a build checks and sends. */
import type { Parameter } from "../api/jenkins";
import type { Group, Release } from "../api/types";

/** Jenkins takes texts only: booleans and numbers as people write them, nothing as an empty text. */
export const textOf = (value: unknown): string => (value === null || value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value));

export const isSwitch = (parameter: Parameter): boolean => typeof parameter.value === "boolean" && !parameter.choices;

/** Ways to say which version of Scylla is tested; exactly one must be taken. */
const SOURCES: Record<string, string[]> = {
  scylla_version: ["scylla_version"],
  scylla_repo: ["scylla_repo"],
  scylla_image: ["scylla_ami_id", "gce_image_db", "azure_image_db", "oci_image_db"],
  rolling_upgrade: ["new_scylla_repo"],
  scylla_byo: ["byo_scylla_repo"],
};

/** What is wrong with the version of an SCT build, if something is. */
export function sourceProblem(values: Record<string, string>): string {
  const set = Object.entries(SOURCES).filter(([, names]) => names.some((name) => values[name]?.trim())).map(([family]) => family);
  if (set.length === 1) return "";
  if (set.length === 0) return `Say which version: one of ${Object.values(SOURCES).flat().join(", ")}.`;
  return `Say the version in one way only; now there are several: ${set.join(", ")}.`;
}

/** Groups that take clones: with a job folder, and outside of staging only those for reproducing. */
export const cloneable = (groups: readonly (Group & { build_system_id: string | null })[], target: Pick<Release, "name"> | undefined): Group[] =>
  groups.filter((group) => group.enabled && group.build_system_id && (target?.name.includes("staging") || group.name.includes("repro")));
