import type { View } from "../api/types";
import { mountAt } from "../lib/mount";
import { pageGlobal } from "../lib/page";
import ViewList from "../pages/ViewList.svelte";

mountAt("#viewContainer", ViewList, { views: pageGlobal<View[]>("ARGUS_VIEWS", []) });
