import { mountRun } from "../run/mount";
import { pageGlobal } from "../lib/page";

void mountRun(pageGlobal<string[]>("gRun", [])[0] ?? "", pageGlobal("gTestId", ""), pageGlobal("gTab", "details"));
