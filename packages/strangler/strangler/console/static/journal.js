/** Changes, the last one first: who, what, from, to, why, on what evidence. */

import { h, keyed, show, text } from "./dom.js";
import { moment } from "./format.js";

const BY = { file: "edit of the file", cli: "command", console: "console", guard: "guard" };

export function journalTable(withSubject) {
  const body = h("tbody", {});
  const none = h("p", { class: "gc-hint" });
  const names = ["When", "Who", ...(withSubject ? ["What"] : ["Key"]), "From", "To", "Why and evidence"];
  const head = h("thead", {}, h("tr", {}, ...names.map((name) => h("th", { scope: "col" }, name))));
  const table = h("table", { class: "gc-table gc-small gc-journal" }, head, body);
  const node = h("div", { class: "gc-scroll", tabindex: 0, role: "group", "aria-label": "Table of changes" }, table, none);
  return {
    node,
    update(entries, empty) {
      show(table, entries.length > 0);
      show(none, !entries.length);
      text(none, empty);
      keyed(body, entries, (entry) => `${entry.id}`, (entry) => ({ node: line(entry, withSubject), update() {} }));
    },
  };
}

/** A change in words, with numbers and their units on one line. */
function together(words) {
  return words.replaceAll(" %", "\u00a0%") || "nothing";
}

function line(entry, withSubject) {
  const whole = entry.subject.includes(": ");
  return h(
    "tr",
    {},
    h("td", { class: "gc-time", title: entry.at }, moment(entry.at)),
    h("td", {}, entry.who ? `${entry.who} ` : "", h("span", { class: "gc-hint" }, entry.who === entry.source ? "" : (BY[entry.source] ?? entry.source)), entry.who === entry.source ? entry.source : ""),
    h("td", {}, withSubject ? h("strong", { class: whole ? "gc-path" : null }, entry.subject) : null, withSubject ? " " : null, h("span", { class: "gc-hint" }, entry.what)),
    h("td", {}, together(entry.before)),
    h("td", {}, together(entry.after)),
    h("td", {}, entry.why, entry.evidence ? h("div", { class: "gc-hint" }, entry.evidence) : ""),
  );
}
