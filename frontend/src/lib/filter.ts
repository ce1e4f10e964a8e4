/** The text filters of lists: a case-insensitive regular expression, and plain text where it is none. */

export function matcher(pattern: string): (text: string) => boolean {
  if (!pattern) return () => true;
  try {
    const expression = new RegExp(pattern, "i");
    return (text) => expression.test(text);
  } catch {
    const needle = pattern.toLowerCase();
    return (text) => text.toLowerCase().includes(needle);
  }
}
