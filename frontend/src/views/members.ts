/** Which tests of a view a widget is about: all of them, or those that its filter names by themselves, their groups or their releases. */
import { get } from "../api/client";
import type { Test, View } from "../api/types";
import type { Widget } from "./widgets";

export interface Members {
  tests: ReadonlySet<string>;
  jobs: ReadonlySet<string>;
}

type Member = Pick<Test, "id" | "group_id" | "release_id" | "build_system_id">;

export function chosen(tests: readonly Member[], filter: readonly string[]): Members {
  const named = new Set(filter);
  const kept = tests.filter((test) => named.has(test.id) || named.has(test.group_id) || named.has(test.release_id));
  return { tests: new Set(kept.map(({ id }) => id)), jobs: new Set(kept.map((test) => test.build_system_id)) };
}

/** The tests of a view, asked for once however many of its widgets have a filter. */
const known = new Map<string, Promise<Member[]>>();

/** Nothing: the widget has no filter. */
export async function membersOf(view: View, widget: Widget): Promise<Members | undefined> {
  if (!widget.filter.length) return undefined;
  const tests = known.get(view.id) ?? get<Member[]>(`/api/v1/views/${view.id}/resolve/tests`);
  known.set(view.id, tests);
  try {
    return chosen(await tests, widget.filter);
  } catch (error) {
    known.delete(view.id);
    throw error;
  }
}
