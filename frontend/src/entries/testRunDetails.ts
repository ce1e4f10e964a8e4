import { mountRun } from "../run/mount";
import { pageGlobal } from "../lib/page";
import { param } from "../lib/url";

// this address has no place for a tab, unlike the one that names the type of the run
void mountRun(pageGlobal("test_run_id", ""), "", param("tab") || pageGlobal("gTab", "details"));
