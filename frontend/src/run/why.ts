/** Why a run failed, as far as what was submitted tells: the first grave event, failed nemeses, failed cells and cases. */
import type { NamedTable } from "../api/runs";
import type { Nemesis, Package, PytestResult, Run, SctEvent } from "../api/types";
import { formatCell } from "../lib/cell";
import type { GraveEvents } from "./state.svelte";

export interface FailedCell {
  table: string;
  row: string;
  column: string;
  value: string;
}

/** The line of a message that says what happened: what it repeats of its own header (time, type, severity, ids) is left out. */
export function headline(message: string | null): string {
  const lines = (message ?? "").split("\n").map((line) => line.trim()).filter(Boolean);
  const first = lines[0] ?? "";
  const rest = /\(\w+ Severity\.[A-Z]+\):?\s*(.*)$/.exec(first)?.[1];
  if (rest === undefined) return first;
  const said = /\b(?:error|message)=(.+)$/.exec(rest)?.[1] ?? lines[1];
  return said ?? (rest.replace(/^(?:(?:period_type|event_id|duration)=\S+\s*)+:?\s*/, "") || first);
}

/** The name of a node as events write it: `Node name [addresses] (…)`. */
export function nodeName(node: string): string {
  return node.replace(/^Node\s+/, "").split(" ")[0] ?? node;
}

/** The earliest CRITICAL event that is no duplicate; without one the earliest ERROR. */
export function firstGraveEvent(events: GraveEvents): SctEvent | undefined {
  return events.critical.find((event) => !event.duplicate_id) ?? events.error.find((event) => !event.duplicate_id);
}

export function failedNemeses(run: Run): Nemesis[] {
  return (run.nemesis_data ?? []).filter((nemesis) => nemesis.status === "failed");
}

export function failedCells(tables: readonly NamedTable[]): FailedCell[] {
  return tables.flatMap((table) =>
    table.rows.flatMap((row) =>
      table.columns.flatMap((column) => {
        const cell = table.table_data[row]?.[column.name];
        return cell?.status === "ERROR" ? [{ table: table.name, row, column: column.name, value: formatCell(cell.value, cell.type, column.unit) }] : [];
      }),
    ),
  );
}

export interface FailedCase {
  name: string;
  message: string;
}

export function failedDriverCases(run: Run): FailedCase[] {
  return (run.test_collection ?? []).flatMap((collection) => {
    const whole = collection.failure_message ? [{ name: collection.name, message: collection.failure_message }] : [];
    const cases = (collection.suites ?? []).flatMap((suite) => suite.cases.filter((item) => item.status === "failure" || item.status === "error"));
    return [...whole, ...cases.map((item) => ({ name: `${collection.driver ?? collection.name}: ${item.classname}.${item.name}`, message: item.message }))];
  });
}

export function failedPytestCases(results: readonly PytestResult[]): FailedCase[] {
  return results.filter((item) => /failure|error/.test(item.status)).map((item) => ({ name: item.name, message: item.message ?? "" }));
}

export function failedSirenadaCases(run: Run): FailedCase[] {
  return (run.results ?? [])
    .filter((item) => item.status === "failed" || item.status === "error")
    .map((item) => ({ name: `${item.class_name ? `${item.class_name}.` : ""}${item.test_name}`, message: item.message ?? "" }));
}

export interface PackageChange {
  name: string;
  before: string | null;
  after: string | null;
}

const describe = (item: Package): string => [item.version, item.date, item.revision_id].filter(Boolean).join("-");

/** Packages that are not the same in both runs, by name; a name may occur in several versions. */
export function packageChanges(before: readonly Package[], after: readonly Package[]): PackageChange[] {
  const byName = (packages: readonly Package[]): Map<string, string> => {
    const found = new Map<string, string[]>();
    for (const item of packages) found.set(item.name, [...(found.get(item.name) ?? []), describe(item)]);
    return new Map([...found].map(([name, versions]) => [name, versions.sort().join(", ")]));
  };
  const old = byName(before);
  const now = byName(after);
  return [...new Set([...old.keys(), ...now.keys()])]
    .sort()
    .filter((name) => old.get(name) !== now.get(name))
    .map((name) => ({ name, before: old.get(name) ?? null, after: now.get(name) ?? null }));
}
