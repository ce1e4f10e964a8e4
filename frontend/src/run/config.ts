/** A configuration as one list of dotted keys, so that it can be searched, sorted and linked to. */

export interface Setting {
  key: string;
  value: string;
}

const MOST = 20_000; // settings of one file that are listed

/** Null when the text is no JSON object or list: then it is shown as it is. */
export function settingsOf(content: string): Setting[] | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(content);
  } catch {
    return null;
  }
  if (typeof parsed !== "object" || parsed === null) return null;
  const settings: Setting[] = [];
  const open: [string, unknown][] = [["", parsed]];
  for (let next = open.pop(); next && settings.length < MOST; next = open.pop()) {
    const [key, value] = next;
    const inner = typeof value === "object" && value !== null ? Object.entries(value) : [];
    if (inner.length === 0) settings.push({ key, value: typeof value === "string" ? value : JSON.stringify(value) });
    else for (const [name, item] of inner.reverse()) open.push([key ? `${key}.${name}` : name, item]);
  }
  return settings;
}

/** Lines `key: value` without JSON around them (YAML of one level): what a search can still find. */
export function linesOf(content: string): Setting[] {
  return content.split("\n").flatMap((line) => {
    const found = /^([\w.-]+):\s*(.*)$/.exec(line);
    return found?.[1] ? [{ key: found[1], value: found[2] ?? "" }] : [];
  });
}
