import { mountAt } from "../lib/mount";
import Teams from "../pages/Teams.svelte";

mountAt("#teamsContainer", Teams, {});
