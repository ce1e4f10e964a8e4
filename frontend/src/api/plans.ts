/** Release plans, and what can be put into one. */
import { get, post, remove } from "./client";
import type { Group, Plan, Release, Test } from "./types";

export interface Grid {
  groups: Record<string, Group>;
  /** Enabled tests of enabled groups. */
  tests: Record<string, Test>;
}

export const grid = (releaseId: string): Promise<Grid> => get(`/api/v1/planning/release/${releaseId}/gridview`);
export const releases = (): Promise<Release[]> => get("/api/v1/releases");

/** What a person chooses in the form of a plan. */
export interface Draft {
  name: string;
  description: string;
  owner: string;
  participants: string[];
  target_version: string;
  tests: string[];
  groups: string[];
  assignments: Record<string, string>;
}

export const draftOf = (plan: Plan): Draft => ({
  name: plan.name,
  description: plan.description ?? "",
  owner: plan.owner ?? "",
  participants: [...plan.participants],
  target_version: plan.target_version ?? "",
  tests: [...plan.tests],
  groups: [...plan.groups],
  assignments: { ...plan.assignee_mapping },
});

/** Only who is assigned to something that is planned. */
export function plannedOnly(draft: Draft): Draft {
  const planned = new Set([...draft.tests, ...draft.groups]);
  return { ...draft, assignments: Object.fromEntries(Object.entries(draft.assignments).filter(([id, user]) => planned.has(id) && user)) };
}

export const createPlan = (releaseId: string, draft: Draft, from?: string): Promise<Plan> =>
  post("/api/v1/planning/plan/create", { ...plannedOnly(draft), release_id: releaseId, ...(from ? { created_from: from } : {}) });

const added = (before: readonly string[], now: readonly string[]): string[] => now.filter((id) => !before.includes(id));

/** What the server is told about an edit: differences only, so that two people can edit one plan. */
export function difference(plan: Plan, edited: Draft): Record<string, unknown> {
  const before = draftOf(plan);
  const now = plannedOnly(edited);
  const body: Record<string, unknown> = { id: plan.id };
  for (const field of ["name", "description", "target_version", "owner"] as const) if (now[field] !== before[field]) body[field] = now[field];
  for (const field of ["tests", "groups", "participants"] as const) {
    const [more, less] = [added(before[field], now[field]), added(now[field], before[field])];
    if (more.length) body[`${field}_add`] = more;
    if (less.length) body[`${field}_remove`] = less;
  }
  const set = Object.fromEntries(Object.entries(now.assignments).filter(([id, user]) => before.assignments[id] !== user));
  const gone = added(Object.keys(now.assignments), Object.keys(before.assignments));
  if (Object.keys(set).length) body.assignee_mapping_set = set;
  if (gone.length) body.assignee_mapping_remove = gone;
  return body;
}

export const updatePlan = (plan: Plan, edited: Draft): Promise<unknown> => post("/api/v1/planning/plan/update", difference(plan, edited));
export const completePlan = (plan: Plan, completed: boolean): Promise<unknown> => post("/api/v1/planning/plan/update", { id: plan.id, completed });
export const deletePlan = (plan: Plan, withView: boolean): Promise<unknown> => remove(`/api/v1/planning/plan/${plan.id}/delete`, { deleteView: withView });

export interface Missing {
  status: string;
  targetRelease: Release;
  missing: { tests: Test[]; groups: Group[] };
}

export const checkCopy = (planId: string, releaseId: string): Promise<Missing> => get(`/api/v1/planning/plan/${planId}/copy/check`, { releaseId });
export const copyPlan = (plan: Plan, target: Release, keepParticipants: boolean): Promise<Plan> =>
  post("/api/v1/planning/plan/copy", { plan, keepParticipants, replacements: {}, targetReleaseId: target.id, targetReleaseName: target.name });
