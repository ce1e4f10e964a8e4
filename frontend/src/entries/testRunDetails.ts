import { mountRun } from "../run/mount";
import { pageGlobal } from "../lib/page";

void mountRun(pageGlobal("test_run_id", ""), "", pageGlobal("gTab", "details"));
