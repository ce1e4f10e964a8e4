import { describe, expect, it } from "vitest";
import { renderMarkdown, sanitise } from "../src/lib/markdown";

describe("a comment", () => {
  it("shows what the server stored as entities, and nothing of it is markup", () => {
    expect(renderMarkdown("a &lt;script&gt;alert(1)&lt;/script&gt; b")).not.toContain("<script");
    expect(renderMarkdown("a &lt;b&gt;")).toContain("&lt;b&gt;");
  });

  it.each(['<img src=x onerror="alert(1)">', "[x](javascript:alert(1))", '<a href="javascript:alert(1)">x</a>', "<form action=/auth/logout><button>x</button></form>", '<p style="position:fixed">x</p>', "<svg><script>1</script></svg>"])(
    "runs nothing: %s",
    (text) => expect(renderMarkdown(text)).not.toMatch(/onerror|javascript:|<form|<button|style=|<script|<svg/),
  );

  it("keeps line breaks, quotes and mentions", () => {
    expect(renderMarkdown("one\ntwo")).toContain("one<br>two");
    expect(renderMarkdown("&gt; said")).toContain("<blockquote>");
    expect(renderMarkdown("see @alice-b, a@b.c")).toContain('<strong class="mention">@alice-b</strong>, ');
    expect(renderMarkdown("a@b.c")).not.toContain("mention");
  });
});

it("HTML of the server keeps links and loses everything active", () => {
  const html = sanitise("<a href='/test/1/runs?additionalRuns[]=2' onclick='x()'>run</a><script>1</script>");
  expect(html).toBe('<a href="/test/1/runs?additionalRuns[]=2">run</a>');
});
