import type { View } from "../api/types";
import { mountAt } from "../lib/mount";
import { pageGlobal } from "../lib/page";
import ViewDashboard from "../pages/ViewDashboard.svelte";

mountAt("#viewDashboard", ViewDashboard, { view: pageGlobal<View>("ARGUS_VIEW_DATA", {} as never) });
