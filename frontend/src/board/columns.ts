/** The columns of the table of tests, and which of them this browser leaves out. */

export interface Column {
  /** Also what the table is sorted by, where it can be. */
  name: string;
  title: string;
  sorts: boolean;
  /** Always there: what a test is, how it stands, and the way to its run. */
  fixed: boolean;
}

export const COLUMNS: readonly Column[] = [
  { name: "status", title: "Status", sorts: true, fixed: true },
  { name: "test", title: "Test", sorts: true, fixed: true },
  { name: "builds", title: "Last builds", sorts: false, fixed: false },
  { name: "build", title: "Build", sorts: true, fixed: true },
  { name: "started", title: "Started", sorts: true, fixed: false },
  { name: "took", title: "Took", sorts: true, fixed: false },
  { name: "investigation", title: "Investigation", sorts: true, fixed: false },
  { name: "assignee", title: "Assignee", sorts: true, fixed: false },
  { name: "notes", title: "Notes", sorts: false, fixed: false },
];

const KEY = "argus-board-without";

/** Left out, and not shown, is what is kept: a column that comes with a newer version is seen. */
export function columnsLeftOut(): ReadonlySet<string> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return new Set(Array.isArray(kept) ? COLUMNS.filter(({ name, fixed }) => !fixed && kept.includes(name)).map(({ name }) => name) : []);
  } catch {
    return new Set(); // no storage, or something else is in it
  }
}

export function keepLeftOut(names: ReadonlySet<string>): void {
  try {
    localStorage.setItem(KEY, JSON.stringify([...names]));
  } catch {
    // without storage the choice holds for this page
  }
}
