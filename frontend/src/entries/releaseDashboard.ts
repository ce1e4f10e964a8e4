import type { Release } from "../api/types";
import { mountAt } from "../lib/mount";
import { pageGlobal } from "../lib/page";
import ReleaseDashboard from "../pages/ReleaseDashboard.svelte";

mountAt("#releaseDashboard", ReleaseDashboard, { release: pageGlobal<{ release: Release }>("releaseData", {} as never).release });
