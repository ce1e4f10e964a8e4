/** Tests × versions: what became of each on the newest versions. */
import type { TestTrend, VersionOutcome } from "../api/trends";
import type { Look } from "../lib/status";
import { compareVersions } from "../lib/version";

export const COLUMNS = 12;

/** The newest versions of these tests, oldest first; runs whose version is not known are left out. */
export function newestVersions(tests: readonly TestTrend[]): string[] {
  const all = new Set(tests.flatMap((test) => Object.keys(test.versions)).filter(Boolean));
  return [...all].sort(compareVersions).slice(-COLUMNS);
}

const LOOKS: Record<string, Look> = {
  good: { label: "passed", tone: "good", icon: "check" },
  bad: { label: "failed", tone: "bad", icon: "cross" },
  mixed: { label: "both passed and failed", tone: "active", icon: "warning" },
};

export function heatOf(outcome: VersionOutcome | undefined): Look | undefined {
  if (!outcome) return undefined;
  return LOOKS[outcome.passed && outcome.failed ? "mixed" : outcome.failed ? "bad" : "good"];
}

/** Of the median, in percent, where it is worth a word. */
export function offMedian(test: TestTrend): number | null {
  return test.median_seconds && test.last_seconds !== null ? Math.round((test.last_seconds / test.median_seconds - 1) * 100) : null;
}
