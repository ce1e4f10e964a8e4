/** JUnit XML as cases; a report that is not XML tells so instead of breaking the page. */

export interface Case {
  suite: string;
  name: string;
  status: string;
  seconds: number | null;
  message: string;
}

export function parseJUnit(xml: string): Case[] {
  const document = new DOMParser().parseFromString(xml, "application/xml");
  if (document.querySelector("parsererror")) throw new Error("This report is not valid XML.");
  return [...document.querySelectorAll("testcase")].map((element) => {
    const outcome = element.querySelector(":scope > failure, :scope > error, :scope > skipped");
    const time = Number.parseFloat(element.getAttribute("time") ?? "");
    return {
      suite: element.getAttribute("classname") ?? element.closest("testsuite")?.getAttribute("name") ?? "",
      name: element.getAttribute("name") ?? "",
      status: outcome?.tagName ?? "passed",
      seconds: Number.isNaN(time) ? null : time,
      message: [outcome?.getAttribute("message"), outcome?.textContent?.trim()].filter(Boolean).join("\n"),
    };
  });
}
