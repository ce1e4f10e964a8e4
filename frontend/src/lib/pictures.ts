/** Pictures that somebody pastes or drops into a text. */

/** What the server keeps, by its content; here it is what the browser takes it for. */
export const PICTURES = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/** The pictures of a clipboard or a drag. Where there is text too, as of cells of a spreadsheet, it is the text that is meant. */
export function picturesIn(data: DataTransfer | null): File[] {
  if (!data || data.getData("text/plain")) return [];
  return [...data.files].filter((file) => PICTURES.includes(file.type));
}

/** What a picture is called in the text: its file's name without what Markdown would take for its own. */
export const titleOf = (file: File): string => file.name.replace(/\.[^.]*$/, "").replace(/[^\p{L}\p{N} ._-]/gu, " ").trim() || "picture";

/** A text with something put in at a place, on lines of its own. */
export function putIn(text: string, at: number, piece: string): string {
  const [before, after] = [text.slice(0, at), text.slice(at)];
  return `${before}${before && !before.endsWith("\n") ? "\n" : ""}${piece}${after.startsWith("\n") ? "" : "\n"}${after}`;
}
