/** Where a board has its tests from: whole statistics of a view, or the columns of a release, whose tests come when they are seen. */
import { boardIndex, boardRows, type BoardIndex } from "../api/board";
import { displayName, type StatsFilter } from "../api/catalogue";
import type { Stats, TestStats } from "../api/types";
import { hasFailed, statusPriority } from "../lib/status";
import { millis } from "../lib/time";
import { isGreen, shownRun, tookOf, trendOf, type Took, type Trend } from "./lines";

export interface BoardGroup {
  id: string;
  name: string;
  tests: number;
  /** Whether nobody has to look at it. */
  green: boolean;
  /** Of what needs somebody first in it. */
  priority: number;
}

/** A test as it is counted, sorted and shown. */
export interface Row {
  key: string;
  /** Its place in the columns, where its runs are asked for by; -1: they are here. */
  place: number;
  group: BoardGroup;
  name: string;
  status: string;
  investigation_status: string;
  /** Milliseconds of the epoch; null: it has no run. */
  started: number | null;
  build: number | null;
  took: Took | undefined;
  trend: Trend;
  backend: string;
  assignee: string;
  planned: string;
  hasBugReport: boolean;
  hasComments: boolean;
  /** The test with its ids and runs, once it is here. */
  item: TestStats | undefined;
}

export interface BoardData {
  dormant: boolean;
  counts: Record<string, unknown>;
  groups: BoardGroup[];
  rows: Row[];
  open: { count: number; tests: readonly string[] };
  token: string;
}

export interface Source {
  board: (filter: StatsFilter) => Promise<BoardData>;
  /** Tests by their places in the board of a token; without it every row has its test. */
  rows?: (filter: StatsFilter, token: string, places: readonly number[]) => Promise<TestStats[]>;
}

const MOST_OPENED = 20; // every opened test is a panel that asks for its runs

export const ofStats = (ask: (filter: StatsFilter) => Promise<Stats>): Source => ({ board: async (filter) => fromStats(await ask(filter)) });

export const ofRelease = (release: string): Source => ({
  board: async (filter) => fromIndex(await boardIndex(release, filter)),
  rows: (filter, token, places) => boardRows(release, filter, token, places),
});

/** What a test shows of itself. */
export function facts(item: TestStats): Omit<Row, "key" | "place" | "group" | "planned"> {
  const run = shownRun(item);
  return {
    name: displayName(item.test),
    status: item.status,
    investigation_status: item.investigation_status,
    started: run ? millis(item.start_time) : null,
    build: run?.build_number ?? null,
    took: tookOf(item),
    trend: trendOf(item),
    backend: item.last_runs[0]?.setup?.backend ?? "",
    assignee: run?.assignee ?? "",
    hasBugReport: item.hasBugReport,
    hasComments: item.hasComments,
    item,
  };
}

export function fromStats(stats: Stats): BoardData {
  const groups: BoardGroup[] = [];
  const rows: Row[] = [];
  for (const whole of Object.values(stats.groups ?? {})) {
    const tests = Object.values(whole.tests);
    const group = grouped(whole.group.id, displayName(whole.group), tests.map((item) => item.status));
    groups.push(group);
    for (const item of tests) rows.push({ key: item.test.id, place: -1, group, planned: "", ...facts(item) });
  }
  const open = rows.filter((row) => ["failed", "test_error"].includes(row.status) && row.investigation_status === "not_investigated");
  const ids = open.slice(0, MOST_OPENED).map((row) => row.key);
  return { dormant: stats.dormant === true, counts: stats, groups, rows, open: { count: open.length, tests: ids }, token: "" };
}

const TRENDS: Record<number, Trend> = { 1: "worse", [-1]: "better" };

export function fromIndex(index: BoardIndex): BoardData {
  if (index.dormant) return { dormant: true, counts: {}, groups: [], rows: [], open: { count: 0, tests: [] }, token: "" };
  const { tests, names } = index;
  const groups: BoardGroup[] = [];
  const rows: Row[] = [];
  for (const { id, name, tests: count } of index.groups) {
    const end = rows.length + count;
    const statuses = tests.status.slice(rows.length, end).map((at) => names.statuses[at] ?? "");
    const group = grouped(id, name, statuses);
    groups.push(group);
    for (let at = rows.length; at < end; at++) {
      const [started, took, off, notes] = [tests.started[at] ?? null, tests.took[at] ?? null, tests.off[at] ?? undefined, tests.notes[at] ?? 0];
      rows.push({
        key: String(at),
        place: at,
        group,
        name: tests.name[at] ?? "",
        status: names.statuses[tests.status[at] ?? -1] ?? "",
        investigation_status: names.investigations[tests.investigation[at] ?? -1] ?? "",
        started: started === null ? null : started * 1000,
        build: tests.build[at] ?? null,
        took: took === null ? undefined : { seconds: took, off },
        trend: TRENDS[tests.trend[at] ?? 0] ?? "same",
        backend: names.backends[tests.backend[at] ?? -1] ?? "",
        assignee: names.people[tests.assignee[at] ?? -1] ?? "",
        planned: names.people[tests.planned[at] ?? -1] ?? "",
        hasBugReport: (notes & 1) > 0,
        hasComments: (notes & 2) > 0,
        item: undefined,
      });
    }
  }
  return { dormant: false, counts: index, groups, rows, open: index.open, token: index.token };
}

function grouped(id: string, name: string, statuses: readonly string[]): BoardGroup {
  return { id, name, tests: statuses.length, green: isGreen(statuses), priority: Math.min(...statuses.map(statusPriority)) };
}

/** Whether somebody has to look at a test that nobody looked at yet. */
export const needsSomebody = (row: Row): boolean => hasFailed(row.status) && row.investigation_status === "not_investigated" && row.started !== null;
