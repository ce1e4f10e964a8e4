/** Put a run page into its element; what the address does not say about the run is asked of the server. */
import { runType, run as fetchRun } from "../api/runs";
import { asApiError } from "../api/client";
import { mountAt } from "../lib/mount";
import ErrorNote from "../ui/ErrorNote.svelte";
import RunPage from "./RunPage.svelte";

const TARGET = "#testRunBody";

/** The plugin of an address `/tests/<plugin>/<run>`; addresses by build number do not name it. */
function pluginOfAddress(): string | undefined {
  const [, page, plugin] = location.pathname.split("/");
  return page === "tests" && plugin ? decodeURIComponent(plugin) : undefined;
}

export async function mountRun(runId: string, testId: string, tab: string): Promise<void> {
  try {
    const plugin = pluginOfAddress() ?? (await runType(runId));
    const test = testId || ((await fetchRun(plugin, runId))?.test_id ?? "");
    mountAt(TARGET, RunPage, { plugin, runId, testId: test, tab });
  } catch (error) {
    mountAt(TARGET, ErrorNote, { error: asApiError(error), what: "This run", retry: () => location.reload() });
  }
}
