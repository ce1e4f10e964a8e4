import { mountAt } from "../lib/mount";
import JobsPage from "../artifacts/JobsPage.svelte";

mountAt("#artifactJobsContainer", JobsPage, {});
