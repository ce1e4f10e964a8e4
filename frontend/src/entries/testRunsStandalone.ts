import { mountAt } from "../lib/mount";
import { pageGlobal } from "../lib/page";
import TestPanel from "../workspace/TestPanel.svelte";

mountAt("#testRunBody", TestPanel, { testId: pageGlobal("gTestId", ""), additionalRuns: pageGlobal<string[]>("additionalRuns", []), heading: "h1" });
