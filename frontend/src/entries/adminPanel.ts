import { mountAt } from "../lib/mount";
import { pageGlobal } from "../lib/page";
import Admin from "../pages/admin/Admin.svelte";

mountAt("#adminPanel", Admin, { route: pageGlobal("gCurrentRoute", "index") });
