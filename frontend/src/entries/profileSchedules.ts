import { mountAt } from "../lib/mount";
import NoSchedule from "../pages/NoSchedule.svelte";

mountAt("#scheduleContainer", NoSchedule, { title: "My schedule" });
