import { mountAt } from "../lib/mount";
import Design from "../pages/Design.svelte";

mountAt("#designContainer", Design, {});
