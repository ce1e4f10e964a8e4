/** Values of result tables as people read them. */

/** FLOAT with two decimals, INTEGER in thousands, DURATION as HH:MM:SS. */
export function formatCell(value: number | string | null | undefined, type: string | null, unit?: string | null): string {
  if (value === null || value === undefined || value === "") return "N/A";
  const suffix = unit && type !== "DURATION" ? ` ${unit}` : "";
  if (typeof value !== "number") return value;
  if (type === "DURATION") {
    const whole = Math.round(value);
    const two = (part: number): string => String(part).padStart(2, "0");
    return `${two(Math.floor(whole / 3600))}:${two(Math.floor((whole % 3600) / 60))}:${two(whole % 60)}`;
  }
  if (type === "FLOAT") return value.toFixed(2) + suffix;
  return value.toLocaleString("en-US") + suffix;
}
