/** The tests opened last in this browser, newest first: what an empty workspace offers. */

export interface RecentTest {
  id: string;
  name: string;
}

const KEY = "argus-recent-tests";
const LENGTH = 8;

export function recentTests(): RecentTest[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(value) ? (value as RecentTest[]).filter((item) => item && typeof item.id === "string" && typeof item.name === "string") : [];
  } catch {
    return [];
  }
}

export function rememberTest(test: RecentTest): void {
  const others = recentTests().filter((item) => item.id !== test.id);
  try {
    localStorage.setItem(KEY, JSON.stringify([test, ...others].slice(0, LENGTH)));
  } catch {
    // a browser without storage has no recent tests, and nothing else is lost
  }
}
