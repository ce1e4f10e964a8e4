/** Jobs of Jenkins: their parameters, starting, copying and configuring them; Argus asks with its own account. */
import { ApiError, get, post } from "./client";
import type { Group, Release, Test } from "./types";

export interface Parameter {
  name: string;
  value: unknown;
  /** HTML of the job's author. */
  description: string;
  choices?: string[];
}

export interface QueueInfo {
  number?: number;
  url?: string;
  why?: string | null;
}

export const NO_BUILDS = "#noBuildsAvailable";

const ask = async (buildId: string, buildNumber: number | null, fromDefaults: boolean): Promise<Parameter[]> =>
  (await post<{ parameters: Parameter[] }>("/api/v1/jenkins/params", { buildId, buildNumber, fromDefaults })).parameters;

/** Parameters as a build had them; the job's defaults where it has no build yet. */
export async function parameters(buildId: string, buildNumber: number | null): Promise<Parameter[]> {
  try {
    return await ask(buildId, buildNumber, false);
  } catch (error) {
    if (error instanceof ApiError && error.said === NO_BUILDS) return ask(buildId, null, true);
    throw error;
  }
}

/** Answers the number in Jenkins' queue. */
export const build = async (buildId: string, values: Record<string, string>): Promise<number> =>
  (await post<{ queueItem: number }>("/api/v1/jenkins/build", { buildId, parameters: values })).queueItem;
export const buildClone = async (buildId: string): Promise<number> => (await post<{ queueItem: number }>("/api/v1/jenkins/clone/build", { buildId, parameters: {} })).queueItem;
export const queueInfo = async (queueItem: number): Promise<QueueInfo> => (await get<{ queueItem: QueueInfo }>("/api/v1/jenkins/queue_info", { queueItem })).queueItem;

export type Settings = Record<string, string>;
export const settings = (buildId: string): Promise<Settings> => get("/api/v1/jenkins/clone/settings", { buildId });
export const validateSettings = (buildId: string, newSettings: Settings): Promise<{ validated: boolean; message: string }> => post("/api/v1/jenkins/clone/settings/validate", { buildId, newSettings });
export const changeSettings = (buildId: string, wanted: Settings): Promise<unknown> => post("/api/v1/jenkins/clone/settings/change", { buildId, settings: wanted });

export const cloneTargets = async (testId: string): Promise<Release[]> => (await get<{ targets: Release[] }>("/api/v1/jenkins/clone/targets", { testId })).targets;
export const cloneGroups = async (targetId: string): Promise<(Group & { build_system_id: string | null })[]> => (await get<{ groups: (Group & { build_system_id: string | null })[] }>("/api/v1/jenkins/clone/groups", { targetId })).groups;
export const clone = async (test: Test, newName: string, target: string, group: string, advancedSettings: Settings | false): Promise<Test> =>
  (await post<{ new_entity: Test }>("/api/v1/jenkins/clone/create", { currentTestId: test.id, newName, target, group, advancedSettings })).new_entity;
