import { mountAt } from "../lib/mount";
import ArtifactsPage from "../artifacts/ArtifactsPage.svelte";

mountAt("#artifactsContainer", ArtifactsPage, {});
