import type { Release } from "../api/types";
import { mountAt } from "../lib/mount";
import { pageGlobal } from "../lib/page";
import NoSchedule from "../pages/NoSchedule.svelte";

mountAt("#releaseScheduler", NoSchedule, { title: "Release calendar", planner: pageGlobal<{ release: Release }>("releaseData", {} as never).release.name });
