import { mountAt } from "../lib/mount";
import MyJobs from "../pages/MyJobs.svelte";

mountAt("#jobsContainer", MyJobs, {});
