/** The widgets of a view: their names, their settings with defaults, and the code that shows them (loaded where they are used). */
import type { Component } from "svelte";
import type { View } from "../api/types";

export interface Widget {
  /** From 1; also what the server knows the widget by. */
  position: number;
  type: string;
  settings: Record<string, unknown>;
  /** Ids of tests, groups, releases; empty: everything in the view. */
  filter: string[];
}

export type WidgetComponent = Component<{ view: View; widget: Widget }>;

interface Setting {
  /** What the editor calls it; without a title it is kept, and nobody is asked. */
  title?: string;
  value: boolean | string | number | readonly string[];
}

interface Kind {
  title: string;
  load: () => Promise<{ default: WidgetComponent }>;
  settings: Record<string, Setting>;
}

const PYTEST = ["error", "passed", "failure", "skipped", "xfailed", "xpass", "passed & error", "failure & error", "skipped & error", "error & error"];
const GROUPS = ["dtest - release", "dtest - debug", "dtest - release with raft", "dtest - release with topology changes", "SCT investigations", "Drivers", "SBOM", "Azure image publish", "Release Notes"];

export const KINDS: Record<string, Kind> = {
  testDashboard: {
    title: "Test dashboard",
    load: () => import("./widgets/TestDashboard.svelte"),
    settings: {
      targetVersion: { title: "Only one version, without a choice", value: false },
      versionsIncludeNoVersion: { title: "With runs without a version", value: true },
      flatView: { title: "Without groups", value: false },
      productVersion: { title: "Version", value: "" },
    },
  },
  releaseStats: {
    title: "Statistics bar",
    load: () => import("./widgets/StatusBarWidget.svelte"),
    settings: {
      horizontal: { title: "On one line", value: false },
      displayExtendedStats: { title: "With numbers", value: false },
      hiddenStatuses: { title: "Statuses left out", value: [] },
    },
  },
  githubIssues: {
    title: "Issues",
    load: () => import("./widgets/IssuesWidget.svelte"),
    settings: { submitDisabled: { title: "No issue can be linked here", value: true }, aggregateByIssue: { title: "Each issue once", value: true } },
  },
  highlights: {
    title: "Highlights and action items",
    load: () => import("./widgets/Highlights.svelte"),
    settings: { index: { title: "Number, to tell several apart", value: 0 }, defaultGroupItems: { title: "Items of a new group", value: GROUPS } },
  },
  summary: {
    title: "Summary by version",
    load: () => import("./widgets/Summary.svelte"),
    // the server tells versions of this one package and no other; stored views name it
    settings: { packageName: { value: "scylla-server" } },
  },
  graphs: { title: "Graph views", load: () => import("./widgets/Graphs.svelte"), settings: {} },
  nemesisStats: { title: "Nemeses", load: () => import("./widgets/NemesisStats.svelte"), settings: {} },
  graphedStats: { title: "Runs over time", load: () => import("./widgets/GraphedStats.svelte"), settings: { testFilters: { title: "Jobs left out (regular expressions)", value: [] } } },
  trends: { title: "Over time: flakiness, durations, versions", load: () => import("./widgets/Trends.svelte"), settings: {} },
  pytestOverview: {
    title: "Pytest",
    load: () => import("./widgets/PytestOverview.svelte"),
    settings: { collapsed: { title: "Folded at first", value: false }, enabledStatuses: { title: "Statuses", value: PYTEST } },
  },
};

/** Widgets as stored: a list, or text of one; whatever else there is counts as none. */
export function widgetsOf(stored: unknown): Widget[] {
  let value = stored;
  if (typeof value === "string") {
    try {
      value = JSON.parse(value);
    } catch {
      return [];
    }
  }
  if (!Array.isArray(value)) return [];
  return (value as Partial<Widget>[])
    .filter((item) => typeof item === "object" && item !== null && typeof item.type === "string")
    .map((item, index) => ({ position: item.position ?? index + 1, type: item.type ?? "", settings: item.settings ?? {}, filter: item.filter ?? [] }))
    .sort((a, b) => a.position - b.position);
}

/** A setting, or its default where it was never set; a stored `false` or empty text is a setting. */
export function setting<T>(widget: Widget, name: string): T {
  return (widget.settings[name] ?? KINDS[widget.type]?.settings[name]?.value) as T;
}

export function newWidget(type: string, position: number): Widget {
  const settings = Object.fromEntries(Object.entries(KINDS[type]?.settings ?? {}).map(([name, { value }]) => [name, value]));
  return { position, type, settings, filter: [] };
}

/** Widgets in a new order: positions follow it. */
export const renumbered = <W extends Widget>(widgets: readonly W[]): W[] => widgets.map((widget, index) => ({ ...widget, position: index + 1 }));

export function moved<W extends Widget>(widgets: readonly W[], index: number, by: number): W[] {
  const list = [...widgets];
  const [taken] = list.splice(index, 1);
  if (taken) list.splice(Math.max(0, index + by), 0, taken);
  return renumbered(list);
}

/** The name in the address that a title gives: lower case, ASCII, dashes. */
export const slugOf = (title: string): string =>
  title.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
