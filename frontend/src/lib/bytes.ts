const UNITS = ["kB", "MB", "GB", "TB"];

/** `12.3 MB` of a number of bytes; powers of a thousand, as disks and buckets count. */
export function bytes(size: number): string {
  if (size < 1000) return `${size} B`;
  const power = Math.min(UNITS.length, Math.floor(Math.log10(size) / 3));
  const value = size / 1000 ** power;
  return `${value.toFixed(value < 10 ? 1 : 0)} ${UNITS[power - 1]}`;
}
