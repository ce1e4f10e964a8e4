/** How tests did over time. */
import { get, urlOf } from "./client";

export interface VersionOutcome {
  passed: number;
  failed: number;
  last: string;
  run_id: string;
}

export interface TestTrend {
  test_id: string;
  test: string;
  group: string;
  job: string | null;
  plugin: string | null;
  passed: number;
  failed: number;
  changes: number;
  flakiness: number | null;
  mixed_versions: number;
  median_seconds: number | null;
  last_seconds: number | null;
  versions: Record<string, VersionOutcome>;
}

interface Page {
  tests: TestTrend[];
  next: string | null;
  total: number;
}

export interface TrendFilter {
  release?: string;
  view?: string;
  q?: string;
  version?: string;
  since?: string;
  until?: string;
}

/** All tests, page by page; `grown` hears of each page, and says whether to go on. */
export async function trends(filter: TrendFilter, grown: (tests: TestTrend[], total: number) => boolean): Promise<TestTrend[]> {
  const tests: TestTrend[] = [];
  let after: string | null = null;
  do {
    const page: Page = await get<Page>("/api/v1/trends", { ...filter, after });
    tests.push(...page.tests);
    after = page.next;
    if (!grown(tests, page.total)) break;
  } while (after !== null);
  return tests;
}

export const trendsCsv = (filter: TrendFilter): string => urlOf("/api/v1/trends/csv", { ...filter });
