/** Times as people read them: ages, durations, and UTC dates for tooltips. */

const UNITS: [string, number][] = [
  ["y", 365 * 86_400],
  ["mo", 30 * 86_400],
  ["w", 7 * 86_400],
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
  ["s", 1],
];

/** Milliseconds of the epoch of a wire date or of epoch seconds; null when it is not set (null, or the epoch itself). */
export function millis(value: string | number | null | undefined): number | null {
  if (value === null || value === undefined || value === "") return null;
  const result = typeof value === "number" ? value * 1000 : Date.parse(value);
  return Number.isNaN(result) || result <= 0 ? null : result;
}

/** `2 h ago`; `just now` below ten seconds and for clocks that are a little ahead. */
export function age(at: number, now: number): string {
  const seconds = Math.floor((now - at) / 1000);
  if (seconds < 10) return "just now";
  const [unit, size] = UNITS.find(([, size]) => seconds >= size) ?? ["s", 1];
  return `${Math.floor(seconds / size)} ${unit} ago`;
}

/** `2 h 5 min` of a number of seconds: the two largest units. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const days = Math.floor(whole / 86_400);
  const hours = Math.floor((whole % 86_400) / 3_600);
  const minutes = Math.floor((whole % 3_600) / 60);
  if (days) return hours ? `${days} d ${hours} h` : `${days} d`;
  if (hours) return minutes ? `${hours} h ${minutes} min` : `${hours} h`;
  return whole % 60 && minutes < 10 ? `${minutes} min ${whole % 60} s` : `${minutes} min`;
}

/** `2026-11-20 14:05:09 UTC`. */
export function utc(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** `HH:MM:SS` in UTC, for lists of one run. */
export function clock(at: number): string {
  return new Date(at).toISOString().slice(11, 19);
}
