/** Releases, groups, tests, their statistics, and the search over them. */
import { get, post } from "./client";
import type { Activity, Group, Issue, Release, SearchHit, Stats, Test, TestInfo } from "./types";

export const displayName = (entity: { name: string; pretty_name?: string | null }): string => entity.pretty_name || entity.name;

export const releases = (): Promise<Release[]> => get("/api/v1/releases");
export const groups = (releaseId: string): Promise<Group[]> => get("/api/v1/groups", { releaseId });
export const tests = (groupId: string): Promise<Test[]> => get("/api/v1/tests", { groupId });
export const testInfo = (testId: string): Promise<TestInfo> => get("/api/v1/test-info", { testId });

export interface StatsFilter {
  productVersion?: string;
  imageId?: string;
  includeNoVersion?: boolean;
  force?: boolean;
  /** Without runs, issues and comments. */
  limited?: boolean;
  /** Position of a widget of a view whose filter counts. */
  widgetId?: number;
}

export const releaseStats = (release: string, filter: StatsFilter = {}): Promise<Stats> =>
  get("/api/v1/release/stats/v2", { release, limited: 0, force: false, ...filter });
export const viewStats = (viewId: string, filter: StatsFilter = {}): Promise<Stats> =>
  get("/api/v1/views/stats", { viewId, limited: 0, force: false, ...filter });
export const releaseVersions = (releaseId: string): Promise<string[]> => get(`/api/v1/release/${releaseId}/versions`);
export const viewVersions = (viewId: string): Promise<string[]> => get(`/api/v1/views/${viewId}/versions`);

const FACET = /^(?:release|group|type):/;
const MOST_WORDS = 5;

/** The server's synthetic first row is left out. */
async function hitsOf(query: string): Promise<SearchHit[]> {
  const { hits } = await get<{ hits: SearchHit[] }>("/api/v1/planning/search", { query });
  return hits.filter((hit) => hit.type !== "special");
}

/** What a hit and what it belongs to are called. */
const called = (hit: SearchHit): string => [hit, hit.group, hit.release].map((one) => `${one?.name ?? ""} ${one?.pretty_name ?? ""}`).join(" ").toLowerCase();

/**
 * At most the first hundred hits. Words may stand in any order, in the name or in those of group and release: the server finds a
 * text as it stands, so it is asked for each word, and what lacks another one is left out.
 */
export async function search(query: string): Promise<SearchHit[]> {
  const parts = query.toLowerCase().split(/\s+/).filter((part) => part !== "");
  const facets = parts.filter((part) => FACET.test(part));
  const words = parts.filter((part) => !FACET.test(part)).slice(0, MOST_WORDS);
  if (words.length < 2) return (await hitsOf(query)).slice(0, 100);
  const answers = await Promise.all(words.map((word) => hitsOf([word, ...facets].join(" "))));
  const found = new Map(answers.flat().map((hit) => [hit.id, hit]));
  return [...found.values()].filter((hit) => words.every((word) => called(hit).includes(word))).slice(0, 100);
}

export const PLUGINS = ["scylla-cluster-tests", "generic", "driver-matrix-tests", "sirenada"] as const;
export const isPlugin = (name: string | null): boolean => (PLUGINS as readonly (string | null)[]).includes(name);
export const setPlugin = (testId: string, plugin_name: string): Promise<Test> => post(`/api/v1/test/${testId}/set_plugin`, { plugin_name });

export const releaseImages = (releaseId: string): Promise<string[]> => get(`/api/v1/release/${releaseId}/images`);
export const viewImages = (viewId: string): Promise<string[]> => get(`/api/v1/views/${viewId}/images`);
export const releaseActivity = (releaseName: string): Promise<Activity> => get("/api/v1/release/activity", { releaseName });
/** Issues of a release or a view: each once with the runs that it is linked to, or once for each of them. */
export const issuesOf = (filterKey: "release_id" | "view_id", id: string, once = true): Promise<Issue[]> => get("/api/v1/issues/get", { filterKey, id, aggregateByIssue: once });
