/** What people wrote, as safe HTML: Markdown with single line breaks kept and @names marked. Loaded only where it is shown. */
import DOMPurify from "dompurify";
import { marked } from "marked";

/** The server stores `<` and `>` as entities already; Markdown leaves entities alone, and nothing else gets past the sanitiser. */
export function renderMarkdown(text: string): string {
  const html = marked.parse(text.replaceAll("&gt;", ">"), { gfm: true, breaks: true, async: false });
  // the boxes of task lists as signs: controls of other people's texts are not let through
  const boxes = html.replace(/<input([^>]*)type="checkbox"[^>]*>/g, (_, marks: string) => (marks.includes("checked") ? "☑" : "☐"));
  return sanitise(boxes.replace(/(^|[\s>(])@([\w.-]*\w)/g, '$1<strong class="mention">@$2</strong>'));
}

/** HTML of the server (activity, notifications) with everything active taken out; links open in this tab. */
export function sanitise(html: string): string {
  return DOMPurify.sanitize(html, { USE_PROFILES: { html: true }, FORBID_TAGS: ["style", "form", "input", "button", "textarea", "select"], FORBID_ATTR: ["style", "id", "name"] });
}
