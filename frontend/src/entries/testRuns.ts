import { mountAt } from "../lib/mount";
import TestRuns from "../pages/TestRuns.svelte";

mountAt("#testRunsBreakout", TestRuns, {});
