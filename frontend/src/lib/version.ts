/** Order of versions: `~` counts as `.`, what follows the first `-` does not count, a release beats its candidates. */

const segments = (version: string): string[] => (version.split("-")[0] ?? "").replaceAll("~", ".").split(".");
const isNumber = (text: string): boolean => /^\d+$/.test(text);

/** Negative when `a` is older than `b`; empty versions sort last. */
export function compareVersions(a: string | null, b: string | null): number {
  if (!a || !b) return a === b ? 0 : a ? -1 : 1;
  const left = segments(a);
  const right = segments(b);
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const x = left[index];
    const y = right[index];
    if (x === undefined) return isNumber(y ?? "") ? -1 : 1;
    if (y === undefined) return isNumber(x) ? 1 : -1;
    if (x === y) continue;
    if (isNumber(x) && isNumber(y)) return Number(x) - Number(y);
    if (isNumber(x) !== isNumber(y)) return isNumber(x) ? 1 : -1;
    return x < y ? -1 : 1;
  }
  return 0;
}
