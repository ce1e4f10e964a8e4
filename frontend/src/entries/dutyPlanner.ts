import type { Release } from "../api/types";
import { mountAt } from "../lib/mount";
import { pageGlobal } from "../lib/page";
import NoSchedule from "../pages/NoSchedule.svelte";

mountAt("#dutyPlanner", NoSchedule, { title: "Duty planner", planner: pageGlobal<{ release: Release }>("releaseData", {} as never).release.name });
