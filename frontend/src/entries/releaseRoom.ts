import type { Release } from "../api/types";
import { mountAt } from "../lib/mount";
import { pageGlobal } from "../lib/page";
import Room from "../pages/room/Room.svelte";

mountAt("#releaseRoom", Room, { release: pageGlobal<{ release: Release }>("releaseData", {} as never).release });
