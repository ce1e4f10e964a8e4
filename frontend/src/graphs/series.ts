/** Graphs as the server writes them, turned into lines over time that a chart, a table and a CSV file can share. */
import type { Graph, GraphPoint } from "../api/graphs";
import { formatCell } from "../lib/cell";

export interface Point {
  /** Seconds of the epoch. */
  at: number;
  /** Where it is drawn. */
  y: number;
  /** What was measured. */
  value: number;
  run: string;
  limit: number | null;
  changes: readonly string[];
  packageChanged: boolean;
}

export interface Line {
  label: string;
  release: string;
  points: Point[];
}

export interface Plot {
  title: string;
  description: string;
  unit: string;
  durations: boolean;
  lines: Line[];
  /** The error threshold: time and value. */
  limits: [number, number][];
  range: [number, number] | null;
}

export const THRESHOLD = "error threshold";

const seconds = (text: string): number => Date.parse(text) / 1000;
const releaseOf = (label: string): string => label.split(" -")[0]?.trim() ?? label;

function points(data: readonly GraphPoint[]): Point[] {
  const result: Point[] = [];
  for (const item of data) {
    const at = seconds(item.x);
    if (item.y === null || Number.isNaN(at)) continue;
    result.push({ at, y: item.y, value: item.ori ?? item.y, run: item.id ?? "", limit: item.limit ?? null, changes: item.changes ?? [], packageChanged: item.dep_change ?? false });
  }
  result.sort((a, b) => a.at - b.at);
  // runs of one build share its date: they stand a second apart, so that each can be pointed at
  for (let index = 1; index < result.length; index++) {
    const before = result[index - 1];
    const point = result[index];
    if (before && point && point.at <= before.at) point.at = before.at + 1;
  }
  return result;
}

export function plotOf(graph: Graph): Plot {
  const { scales, plugins } = graph.options;
  const { min, max } = scales.y;
  const unit = (scales.y.title?.text ?? "").replace(/^\[|\]$/g, "");
  const limits = graph.data.datasets.filter((set) => set.label === THRESHOLD).flatMap((set) => points(set.data).map((point): [number, number] => [point.at, point.y]));
  return {
    title: plugins.title.text,
    description: plugins.subtitle?.text ?? "",
    unit,
    durations: unit === "HH:MM:SS",
    lines: graph.data.datasets.filter((set) => set.label !== THRESHOLD).map((set) => ({ label: set.label, release: releaseOf(set.label), points: points(set.data) })).filter((line) => line.points.length > 0),
    limits,
    range: max > min ? [min, max] : null,
  };
}

/** Name of the table that a graph was made from: its title without the column. */
export const tableOf = (title: string): string => title.slice(0, title.lastIndexOf(" - "));

/** Only the lines of chosen releases; all of them when none is chosen. */
export function ofReleases(plot: Plot, releases: readonly string[]): Plot {
  return releases.length === 0 ? plot : { ...plot, lines: plot.lines.filter((line) => releases.includes(line.release)) };
}

export function valueText(plot: Plot, value: number): string {
  return plot.durations ? formatCell(value, "DURATION") : `${value.toLocaleString("en-US", { maximumFractionDigits: 3 })}${plot.unit ? ` ${plot.unit}` : ""}`;
}

/** One column of times and one a line (and the threshold, if there is one), as a chart library reads them: gaps are null. */
export function aligned(plot: Plot): [number[], ...(number | null)[][]] {
  const times = [...new Set([...plot.lines.flatMap((line) => line.points.map((point) => point.at)), ...plot.limits.map(([at]) => at)])].sort((a, b) => a - b);
  const index = new Map(times.map((at, place) => [at, place]));
  const column = (pairs: readonly [number, number][]): (number | null)[] => {
    const values: (number | null)[] = times.map(() => null);
    for (const [at, value] of pairs) values[index.get(at) ?? 0] = value;
    return values;
  };
  return [times, ...plot.lines.map((line) => column(line.points.map((point) => [point.at, point.y]))), ...(plot.limits.length ? [column(plot.limits)] : [])];
}

const quoted = (text: string): string => {
  // a spreadsheet must not take a text for a formula
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

/** Every point on a line of its own: date, line, value, limit, run, what changed. */
export function csv(plot: Plot): string {
  const head = ["date", "series", `value${plot.unit ? ` [${plot.unit}]` : ""}`, "limit", "run", "changes"].map(quoted).join(",");
  const rows = plot.lines.flatMap((line) =>
    line.points.map((point) =>
      [quoted(new Date(point.at * 1000).toISOString()), quoted(line.label), String(point.value), point.limit === null ? "" : String(point.limit), quoted(point.run), quoted(point.changes.join("; "))].join(","),
    ),
  );
  return [head, ...rows].join("\r\n") + "\r\n";
}
