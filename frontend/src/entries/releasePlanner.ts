import type { Plan, Release } from "../api/types";
import { mountAt } from "../lib/mount";
import { pageGlobal } from "../lib/page";
import PlanList from "../pages/PlanList.svelte";

const { release, plans } = pageGlobal<{ release: Release; plans: Plan[] }>("releaseData", {} as never);
mountAt("#releasePlanner", PlanList, { release, plans });
