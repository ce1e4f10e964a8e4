/** The question before a cut-over or a rollback: what will happen, what speaks against it, and why it is done. */

import { h } from "./dom.js";

/**
 * Ask. Resolves to `{why, force}`, or to null when it was left.
 * `sentences` say what will happen; `against` is what speaks against it, and makes force and a reason necessary.
 */
export function confirm({ title, sentences, against = [], why = "", button }) {
  const reason = h("input", { class: "gc-input", name: "why", maxlength: 500, autocomplete: "off", placeholder: "for the journal", id: "gc-dialog-why" });
  reason.value = why;
  const force = h("input", { type: "checkbox", name: "force", id: "gc-dialog-force" });
  const go = h("button", { class: "gc-button gc-button-strong", type: "submit", value: "go" }, button);
  const form = h(
    "form",
    { method: "dialog", class: "gc-form" },
    h("h2", { id: "gc-dialog-title" }, title),
    ...sentences.map((sentence) => h("p", {}, sentence)),
    against.length
      ? h(
          "div",
          { class: "gc-against" },
          h("p", {}, "This speaks against it:"),
          h("ul", {}, ...against.map((each) => h("li", {}, each))),
          h("label", { class: "gc-check", for: "gc-dialog-force" }, force, " Do it all the same; the journal will say that it was forced"),
        )
      : null,
    h("label", { class: "gc-label", for: "gc-dialog-why" }, "Why", against.length ? " (needed)" : ""),
    reason,
    h("div", { class: "gc-actions" }, h("button", { class: "gc-button", type: "button", value: "", onclick: () => dialog.close("") }, "Cancel"), go),
  );
  const dialog = h("dialog", { class: "gc-dialog", "aria-labelledby": "gc-dialog-title" }, form);
  const allow = () => {
    go.disabled = against.length > 0 && !(force.checked && reason.value.trim());
  };
  form.addEventListener("input", allow);
  allow();
  (document.querySelector(".gc") ?? document.body).append(dialog);
  const before = document.activeElement;
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      before?.focus?.();
      resolve(dialog.returnValue === "go" ? { why: reason.value.trim(), force: against.length > 0 } : null);
    });
    dialog.showModal();
    (against.length ? force : reason).focus();
  });
}
