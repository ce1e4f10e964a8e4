/** The tabs of a run page by plugin: their address, title, code (loaded on the first visit) and what they count. */
import type { Component } from "svelte";
import type { Run } from "../api/types";
import type { RunPageState } from "./state.svelte";
import Overview from "./tabs/Overview.svelte";

export type TabComponent = Component<{ page: RunPageState; run: Run }>;

export interface Tab {
  name: string;
  title: string;
  load: () => Promise<{ default: TabComponent }>;
  /** How much is in it; undefined when only a visit tells, 0 greys the tab. */
  count?: (run: Run) => number | undefined;
  /** Only runs for which it says so have the tab. */
  had?: (run: Run) => boolean;
}

// in the file of the page itself: to ask for it as if it were another one takes a helper, which is a file more
const details: Tab = { name: "details", title: "Overview", load: () => Promise.resolve({ default: Overview }) };
const social: Tab[] = [
  { name: "compare", title: "Compare", load: () => import("./tabs/Compare.svelte") },
  { name: "artifacts", title: "Artifacts", load: () => import("./tabs/Artifacts.svelte") },
  { name: "discuss", title: "Discussion", load: () => import("./tabs/Discussion.svelte") },
  { name: "issues", title: "Issues", load: () => import("./tabs/Issues.svelte") },
  { name: "activity", title: "Activity", load: () => import("./tabs/Activity.svelte") },
];

const BY_PLUGIN: Record<string, Tab[]> = {
  "scylla-cluster-tests": [
    details,
    { name: "sct-events", title: "Events", load: () => import("./tabs/Events.svelte") },
    { name: "nemesis", title: "Nemesis", load: () => import("./tabs/Nemeses.svelte"), count: (run) => run.nemesis_data?.length },
    { name: "results", title: "Results", load: () => import("./tabs/Results.svelte") },
    { name: "graphs", title: "Graphs", load: () => import("./tabs/Graphs.svelte") },
    { name: "performance", title: "Performance", load: () => import("./tabs/Performance.svelte"), had: (run) => Boolean(run.test_name) },
    { name: "gemini", title: "Gemini", load: () => import("./tabs/Gemini.svelte"), had: (run) => Boolean(run.gemini_seed ?? run.gemini_command) },
    { name: "resources", title: "Resources", load: () => import("./tabs/Resources.svelte"), count: (run) => run.allocated_resources?.length },
    { name: "packages", title: "Packages", load: () => import("./tabs/Packages.svelte"), count: (run) => run.packages?.length },
    { name: "junit", title: "Test cases", load: () => import("./tabs/JUnit.svelte"), count: (run) => run.junit_reports?.length ?? 0 },
    { name: "setup", title: "Setup", load: () => import("./tabs/Setup.svelte") },
    { name: "logs", title: "Logs", load: () => import("./tabs/Logs.svelte"), count: (run) => logsOf(run).length },
    { name: "screenshots", title: "Screenshots", load: () => import("./tabs/Screenshots.svelte"), count: (run) => run.screenshots?.length },
    ...social,
  ],
  "driver-matrix-tests": [
    details,
    { name: "tests", title: "Tests", load: () => import("./tabs/DriverMatrix.svelte"), count: (run) => run.test_collection?.length },
    { name: "logs", title: "Logs", load: () => import("./tabs/Logs.svelte"), count: (run) => logsOf(run).length },
    ...social,
  ],
  sirenada: [details, { name: "results", title: "Results", load: () => import("./tabs/Sirenada.svelte"), count: (run) => run.results?.length }, ...social],
  generic: [details, { name: "pytest", title: "Test cases", load: () => import("./tabs/Pytest.svelte") }, ...social],
};

const unknown: Tab[] = [{ ...details, load: () => import("./tabs/Document.svelte") }, ...social];

/** A plugin that is not known here still shows what every run has, and the run as it is kept. */
export function tabsOf(plugin: string): Tab[] {
  return BY_PLUGIN[plugin] ?? unknown;
}

/** Names of earlier versions of this page that links may still carry. */
const ALIASES: Record<string, string> = { events: "sct-events", pytestResults: "pytest", dtest: "pytest" };

export function tabNamed(plugin: string, name: string): Tab {
  const tabs = tabsOf(plugin);
  return tabs.find((tab) => tab.name === name) ?? tabs.find((tab) => tab.name === ALIASES[name]) ?? tabs[0] ?? details;
}

/** Name and link of every log; the two shapes are those of the plugins. */
export function logsOf(run: Run): [string, string][] {
  return Array.isArray(run.logs) ? run.logs : Object.entries(run.logs ?? {});
}
