import type { Plan } from "../api/types";
import { mountAt } from "../lib/mount";
import { pageGlobal } from "../lib/page";
import PlanPage from "../pages/PlanPage.svelte";

mountAt("#planDashboard", PlanPage, { plan: pageGlobal<Plan>("ARGUS_PLAN_DATA", {} as never) });
