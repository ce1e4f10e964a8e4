import { mountAt } from "../lib/mount";
import Workspaces from "../settings/Workspaces.svelte";

mountAt("#workspacesContainer", Workspaces, {});
