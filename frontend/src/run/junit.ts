/** JUnit XML as cases; a report that is not XML tells so instead of breaking the page. */

export interface Case {
  suite: string;
  name: string;
  status: string;
  seconds: number | null;
  message: string;
  /** Markers and the like. */
  tags?: readonly string[];
  /** What the test itself noted, by name. */
  fields?: Readonly<Record<string, string | null>>;
  /** Tells it apart from others of its run. */
  key?: string;
  links?: readonly { title: string; href: string }[];
}

/** What `result` and `status` of a case say where no element does: GoogleTest and CTest write them so. */
const SAID: Record<string, string> = { skipped: "skipped", ignored: "skipped", notrun: "disabled", suppressed: "disabled", disabled: "disabled", fail: "failure", failed: "failure", error: "error" };

function said(element: Element): string {
  const words = [element.getAttribute("result"), element.getAttribute("status")].map((word) => SAID[word?.toLowerCase() ?? ""]);
  return words.find(Boolean) ?? "passed";
}

/** Seconds, also grouped as surefire writes them: `1,234.5`. */
function seconds(text: string | null): number | null {
  const time = Number.parseFloat((text ?? "").replaceAll(",", ""));
  return Number.isFinite(time) ? time : null;
}

export function parseJUnit(xml: string): Case[] {
  const document = new DOMParser().parseFromString(xml, "application/xml");
  if (document.querySelector("parsererror")) throw new Error("This report is not valid XML.");
  return [...document.querySelectorAll("testcase")].map((element) => {
    const outcome = element.querySelector(":scope > failure, :scope > error") ?? element.querySelector(":scope > skipped");
    return {
      suite: element.getAttribute("classname") ?? element.closest("testsuite")?.getAttribute("name") ?? "",
      name: element.getAttribute("name") ?? "",
      status: outcome?.localName ?? said(element),
      seconds: seconds(element.getAttribute("time")),
      message: [outcome?.getAttribute("message"), outcome?.textContent?.trim()].filter(Boolean).join("\n"),
    };
  });
}
