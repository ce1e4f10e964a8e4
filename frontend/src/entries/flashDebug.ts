import { mountAt } from "../lib/mount";
import FlashDebug from "../pages/FlashDebug.svelte";

mountAt("#flashDebug", FlashDebug, {});
