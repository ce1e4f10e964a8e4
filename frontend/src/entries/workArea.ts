import { mountAt } from "../lib/mount";
import Workspace from "../workspace/Workspace.svelte";

mountAt("#dashboard-body", Workspace, {});
