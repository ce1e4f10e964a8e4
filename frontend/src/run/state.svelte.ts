/** What the parts of a run page share: the run, the test it belongs to, its neighbours, its grave events. */
import { testInfo } from "../api/catalogue";
import { discussion, type About, type Discussion } from "../api/discussion";
import { eventHistogram, type Histogram } from "../api/events";
import { eventsOf, pytestResults, results, run, runsOfTest } from "../api/runs";
import type { NamedTable } from "../api/runs";
import type { PytestResult, Run, RunRow, SctEvent, TestInfo } from "../api/types";
import { query, type Query, type Topics } from "../lib/query.svelte";
import { inProgress } from "../lib/status";
import { keyOf } from "./about";

export const SCT = "scylla-cluster-tests";
const GENERIC = "generic";
const NEIGHBOURS = 24;
const GRAVE_LIMIT = 20; // among so many the first that is no duplicate is found
const FEW = 1000; // events; counting more of them whenever one comes would cost too much
const APART_MS = 30_000; // between two counts of many

export interface GraveEvents {
  critical: SctEvent[];
  error: SctEvent[];
  criticalCount: number;
  errorCount: number;
}

export interface RunPageState {
  plugin: string;
  runId: string;
  testId: string;
  run: Query<Run | null>;
  info: Query<TestInfo>;
  neighbours: Query<RunRow[]>;
  /** How many events there are, over time; only SCT has them. */
  histogram: Query<Histogram>;
  /** The first CRITICAL events, or ERROR ones where there is none, and how many there are; asked for when the histogram has come. */
  grave: Query<GraveEvents>;
  tables: Query<NamedTable[]>;
  /** Cases of pytest and its kin; only generic runs have them. */
  cases: Query<PytestResult[]>;
  discussion: Query<Discussion>;
  /** The part of the run that is to be discussed. */
  subject: About | undefined;
  /** Show the discussion of a part. */
  discuss: (about: About) => void;
  /** Show a tab; `hash` names something in it, `params` are set in the address. */
  show: (tab: string, hash?: string, params?: Record<string, string | null>) => void;
}

/** Must be called while a component is created: the queries belong to it. */
export function runPageState(plugin: string, runId: string, testId: string, show: RunPageState["show"]): RunPageState {
  const topic = [`run:${runId}`];
  const on = (...kinds: string[]) => (): Topics => ({ topics: topic, kinds });
  const theRun = query(() => run(plugin, runId), { every: 30, live: on("run", "nemeses", "resources", "stress", "junit") });
  const going = $derived(theRun.data ? inProgress(theRun.data.status) : false);
  const sct = plugin === SCT;
  const whileGoing = (seconds: number) => (): number | undefined => (going ? seconds : undefined);
  const histogram: Query<Histogram> = query(() => eventHistogram(runId), {
    when: () => sct,
    every: whileGoing(30),
    live: () => ({ topics: topic, kinds: ["events"], counts: () => sum(histogram.data) < FEW || Date.now() - histogram.updatedAt > APART_MS }),
  });
  let subject = $state.raw<About | undefined>(undefined);
  return {
    get subject() {
      return subject;
    },
    discuss: (about) => {
      subject = about;
      show("discuss", "#write", { about: keyOf(about) });
    },
    plugin,
    runId,
    testId,
    show,
    run: theRun,
    info: query(() => testInfo(testId), { when: () => testId !== "" }),
    neighbours: query(() => runsOfTest(testId, NEIGHBOURS, [runId]), { when: () => testId !== "", every: 60, live: () => ({ topics: [`test:${testId}`], kinds: ["run"] }) }),
    histogram,
    grave: query(() => graveEvents(runId, histogram.data?.totals ?? {}), { when: () => histogram.data !== undefined }),
    tables: query(() => results(testId, runId), { when: () => sct && testId !== "", live: on("results") }),
    discussion: query(() => discussion(runId), {
      when: () => Boolean(theRun.data),
      every: 60,
      // a comment that goes is told with the activity alone
      live: () => ({ topics: topic, kinds: ["comments", "activity"], counts: (change) => change.type === "comments" || String(change.data.kind).includes("COMMENT") }),
    }),
    cases: query(() => pytestResults(runId), { every: whileGoing(10), when: () => plugin === GENERIC, live: on("cases") }),
  };
}

const sum = (histogram: Histogram | undefined): number => Object.values(histogram?.totals ?? {}).reduce((a, b) => a + b, 0);

/** The first events of the gravest severity that there is: an overview shows one of them. */
async function graveEvents(runId: string, { CRITICAL: criticalCount = 0, ERROR: errorCount = 0 }: Record<string, number>): Promise<GraveEvents> {
  const critical = criticalCount ? await eventsOf(runId, "CRITICAL", GRAVE_LIMIT) : [];
  const error = errorCount && !critical.length ? await eventsOf(runId, "ERROR", GRAVE_LIMIT) : [];
  return { critical, error, criticalCount, errorCount };
}
