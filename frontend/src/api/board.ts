/** The board of a release: a column of all its tests for whatever they are sorted and filtered by, and tests themselves by pages. */
import { get } from "./client";
import type { StatsFilter } from "./catalogue";
import type { TestStats } from "./types";

export interface BoardIndex {
  dormant?: boolean;
  /** Names the tests and their order: a place means the same test as long as it is the same. */
  token: string;
  groups: { id: string; name: string; tests: number }[];
  /** One value a test in each; null and -1 are none. */
  tests: {
    name: string[];
    /** These point into `names`. */
    status: number[];
    investigation: number[];
    backend: number[];
    assignee: number[];
    planned: number[];
    /** Seconds of the epoch. */
    started: (number | null)[];
    build: (number | null)[];
    took: (number | null)[];
    off: (number | null)[];
    /** 1: fails and passed before; -1: the other way round. */
    trend: number[];
    /** 1: issues, 2: comments. */
    notes: number[];
  };
  names: { statuses: string[]; investigations: string[]; backends: string[]; people: string[] };
  /** What failed and nobody looked at: how many, and the ids of the first ones. */
  open: { count: number; tests: string[] };
  [statusCount: string]: unknown;
}

export const MOST_ROWS = 200; // of one answer

export const boardIndex = (release: string, filter: StatsFilter): Promise<BoardIndex> => get("/api/v1/release/board", { release, ...filter });

export async function boardRows(release: string, filter: StatsFilter, token: string, places: readonly number[]): Promise<TestStats[]> {
  const answer = await get<{ rows: TestStats[] }>("/api/v1/release/board/rows", { release, ...filter, token, rows: places.join(",") });
  return answer.rows;
}
