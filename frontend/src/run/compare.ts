/** Two runs side by side: only what differs. */
import type { NamedTable } from "../api/runs";
import type { Run, SctEvent } from "../api/types";
import { formatCell } from "../lib/cell";
import { duration, millis } from "../lib/time";
import { linesOf, settingsOf, type Setting } from "./config";
import { headline } from "./why";

export interface Difference {
  name: string;
  before: string | null;
  after: string | null;
}

/** Names with another value on either side, in order. */
export function differences(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): Difference[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .sort((a, b) => a.localeCompare(b, undefined, { numeric: true }))
    .filter((name) => before.get(name) !== after.get(name))
    .map((name) => ({ name, before: before.get(name) ?? null, after: after.get(name) ?? null }));
}

export function factsOf(run: Run): Map<string, string> {
  const start = millis(run.start_time);
  const end = millis(run.end_time);
  const setup = run.cloud_setup;
  const facts: [string, string | number | null | undefined][] = [
    ["Status", run.status],
    ["Version", run.scylla_version ?? run.product_version],
    ["Took", start === null || end === null ? null : duration((end - start) / 1000)],
    ["Started by", run.started_by],
    ["Branch", run.branch_name],
    ["Revision of the tests", run.scm_revision_id],
    ["Test method", run.test_method],
    ["Regions", run.region_name?.join(", ")],
    ["Backend", setup?.backend],
    ...(["db_node", "loader_node", "monitor_node"] as const).map((node): [string, string | null] => {
      const found = setup?.[node];
      return [`Nodes, ${node.replace("_node", "")}`, found ? [found.node_amount, found.instance_type, found.image_id].filter((part) => part !== null).join(" · ") : null];
    }),
    ["Failed nemeses", (run.nemesis_data ?? []).filter((nemesis) => nemesis.status === "failed").map((nemesis) => nemesis.name).sort().join(", ")],
  ];
  return new Map(facts.flatMap(([name, value]): [string, string][] => (value === null || value === undefined || value === "" ? [] : [[name, String(value)]])));
}

export function configOf(files: readonly { name: string; content: string }[]): Map<string, string> {
  const all = files.flatMap(({ name, content }) => (settingsOf(content) ?? linesOf(content)).map((setting: Setting): [string, string] => [`${name}: ${setting.key}`, setting.value]));
  return new Map(all);
}

export function cellsOf(tables: readonly NamedTable[]): Map<string, string> {
  return new Map(
    tables.flatMap((table) =>
      table.rows.flatMap((row) =>
        table.columns.flatMap((column): [string, string][] => {
          const cell = table.table_data[row]?.[column.name];
          return cell ? [[`${table.name}: ${row}, ${column.name}`, `${formatCell(cell.value, cell.type, column.unit)}${cell.status === "ERROR" ? " ✗" : ""}`]] : [];
        }),
      ),
    ),
  );
}

/** What a message says without what differs each time: numbers, ids, addresses. */
export function kindOf(event: SctEvent): string {
  const said = headline(event.message).slice(0, 300).replace(/\b[0-9a-f]{8}-[0-9a-f-]{27}\b/gi, "<id>").replace(/\b0x[0-9a-f]+\b/gi, "<n>").replace(/\d+(\.\d+)*/g, "<n>");
  return `${event.severity} ${event.event_type ?? "Event"}: ${said}`;
}

export function eventsOf(events: readonly SctEvent[]): Map<string, string> {
  const counts = new Map<string, number>();
  for (const event of events) counts.set(kindOf(event), (counts.get(kindOf(event)) ?? 0) + 1);
  return new Map([...counts].map(([kind, count]) => [kind, `${count}×`]));
}

/** Kinds of events that one of the two did not have; how often is no difference. */
export const eventDifferences = (before: readonly SctEvent[], after: readonly SctEvent[]): Difference[] =>
  differences(eventsOf(before), eventsOf(after)).filter((item) => item.before === null || item.after === null);
