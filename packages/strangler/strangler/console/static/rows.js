/** The table of blueprints: one body for each, with a row that opens to its detail. */

import { sparkline } from "./charts.js";
import { detail } from "./detail.js";
import { attribute, h, show, text } from "./dom.js";
import { count, errors, errorShare, LANES, latency, NAMES, NONE, OTHER, plain, plural, rate } from "./format.js";

const FIGURES = ["rate", "p50", "p95", "errors"];

/** The head of the table: both lanes side by side. */
export function head() {
  const of = (lane) =>
    FIGURES.map((name, index) =>
      h(
        "th",
        { scope: "col", class: `gc-number gc-col-${name}${index ? "" : " gc-first"}` },
        h("span", { class: `gc-mark gc-mark-${lane} gc-mark-narrow` }),
        HEADS[name],
        h("span", { class: "gc-hidden" }, ` on ${NAMES[lane]}`),
      ),
    );
  return h(
    "thead",
    {},
    h(
      "tr",
      { class: "gc-lanes-head" },
      h("td", { colspan: 3, class: "gc-span-names" }),
      h("td", { class: "gc-col-canary" }),
      h("td", { class: "gc-col-spark" }),
      ...LANES.map((lane) => h("th", { colspan: 4, scope: "colgroup", class: "gc-first gc-span-lane" }, h("span", { class: `gc-mark gc-mark-${lane}` }), ` ${NAMES[lane]}`)),
      h("td", { class: "gc-first gc-col-differences" }),
      h("td", { class: "gc-col-guard" }),
    ),
    h(
      "tr",
      {},
      h("th", { scope: "col" }, "Blueprint"),
      h("th", { scope: "col" }, "Owner"),
      h("th", { scope: "col", class: "gc-number gc-col-routes" }, "Routes"),
      h("th", { scope: "col", class: "gc-number gc-col-canary" }, "Canary"),
      h("th", { scope: "col", class: "gc-col-spark" }, "Traffic, 5 min"),
      ...LANES.flatMap(of),
      h("th", { scope: "col", class: "gc-number gc-first gc-col-differences" }, "Differences"),
      h("th", { scope: "col", class: "gc-col-guard" }, "Guard"),
    ),
  );
}

const HEADS = { rate: "req/s", p50: "p50", p95: "p95", errors: "errors" };

function figures(lane) {
  const cells = FIGURES.map((name, index) => h("td", { class: `gc-number gc-col-${name}${index ? "" : " gc-first"}` }));
  return {
    cells,
    update(served) {
      text(cells[0], rate(served));
      text(cells[1], latency(served.p50));
      text(cells[2], latency(served.p95));
      text(cells[3], errors(served));
      cells[3].classList.toggle("gc-bad", served.errors > 0);
      attribute(cells[3], "title", errorShare(served));
      for (const cell of cells) cell.classList.toggle("gc-quiet", !served.requests);
      attribute(cells[0], "title", `${plural(served.requests, "request", "requests")} to ${NAMES[lane]}`);
    },
  };
}

const CHOICES = {
  all: ["All", () => true],
  flask: ["On Flask", (shown) => shown.routes.flask > 0],
  canary: ["With canary", (shown) => shown.percent > 0 || shown.users > 0],
  set: ["Set here", (shown) => shown.overrides.length > 0],
  differing: ["With differences", (shown) => Boolean(shown.shadow?.differences)],
};

/** Which blueprints are shown; `changed` is called when another choice was made. What is opened stays. */
export function choice(desk, changed) {
  let chosen = "all";
  const buttons = Object.entries(CHOICES).map(([key, [words]]) => {
    const number = h("span", { class: "gc-hint" });
    const node = h("button", { class: "gc-choice", type: "button", onclick: () => choose(key) }, `${words} `, number);
    return { key, node, number };
  });
  const choose = (key) => {
    chosen = key;
    changed();
  };
  return {
    node: h("div", { class: "gc-choices", role: "group", "aria-label": "Show" }, ...buttons.map((button) => button.node)),
    shows: (shown) => desk.opened.has(shown.name) || CHOICES[chosen][1](shown),
    update(blueprints) {
      for (const { key, node, number } of buttons) {
        const found = blueprints.filter(CHOICES[key][1]).length;
        text(number, found);
        attribute(node, "aria-pressed", String(key === chosen));
        node.disabled = !found && key !== chosen;
      }
    },
  };
}

/** A lane as a badge: shape, colour and word. */
export function badge() {
  const mark = h("span", { class: "gc-mark" });
  const word = h("span", {});
  const node = h("span", { class: "gc-owner" }, mark, word);
  return {
    node,
    update(lane) {
      mark.className = `gc-mark gc-mark-${lane}`;
      text(word, NAMES[lane]);
    },
  };
}

/** A blueprint. `desk` does what its controls ask for, and knows which blueprints are opened. */
export function blueprint(desk, { name }) {
  const owner = badge();
  const hand = h("span", { class: "gc-chip" });
  const chevron = h("span", { class: "gc-chevron", "aria-hidden": "true" });
  const toggle = h("button", { class: "gc-toggle", type: "button", "aria-expanded": "false", "aria-controls": `gc-detail-${name}` }, chevron, name);
  const routes = h("td", { class: "gc-number gc-col-routes" });
  const share = h("td", { class: "gc-number gc-col-canary" });
  const spark = sparkline();
  const lanes = Object.fromEntries(LANES.map((lane) => [lane, figures(lane)]));
  const differences = h("td", { class: "gc-number gc-first gc-col-differences" });
  const guard = h("td", { class: "gc-col-guard" });
  const row = h(
    "tr",
    { class: "gc-row" },
    h("th", { scope: "row" }, toggle),
    h("td", { class: "gc-col-owner" }, owner.node, hand),
    routes,
    share,
    h("td", { class: "gc-col-spark" }, spark.node),
    ...LANES.flatMap((lane) => lanes[lane].cells),
    differences,
    guard,
  );
  row.addEventListener("click", (event) => {
    if (!event.target.closest("a") && !String(getSelection())) desk.toggle(name);
  });
  const place = h("td");
  const below = h("tr", { class: "gc-below", id: `gc-detail-${name}`, hidden: true }, place);
  const node = h("tbody", { "data-blueprint": name }, row, below);
  let panel = null;
  return {
    node,
    update(shown) {
      const open = desk.opened.has(name);
      show(node, desk.shows(shown));
      owner.update(shown.owner);
      const set = shown.overrides.length > 0;
      show(hand, set);
      text(hand, shown.guards.some((each) => each.tripped) ? "by guard" : "set here");
      hand.classList.toggle("gc-chip-bad", shown.guards.some((each) => each.tripped));
      attribute(hand, "title", set ? "An override stands: the registry says something else" : null);
      text(routes, shown.routes.fastapi === shown.routes.total || shown.routes.flask === shown.routes.total ? shown.routes.total : `${shown.routes.fastapi} of ${shown.routes.total}`);
      attribute(routes, "title", `${shown.routes.flask} on Flask, ${shown.routes.fastapi} on FastAPI`);
      text(share, shown.percent ? `${plain(shown.percent)} %` : shown.users ? plural(shown.users, "user", "users") : NONE);
      share.classList.toggle("gc-quiet", !shown.percent && !shown.users);
      share.classList.toggle("gc-trying", shown.percent > 0);
      attribute(share, "title", shown.percent ? `${plain(shown.percent)} % of the callers go to ${NAMES[OTHER[shown.owner]]}` : null);
      spark.update(shown.lanes, desk.window);
      for (const lane of LANES) lanes[lane].update(shown.lanes[lane]);
      sayDifferences(differences, shown.shadow);
      sayGuard(guard, shown.guards);
      attribute(toggle, "aria-expanded", String(open));
      row.classList.toggle("gc-open", open);
      show(below, open);
      if (open && panel === null) {
        panel = detail(desk, name);
        place.append(panel.node);
      }
      if (!open) return;
      place.colSpan = [...row.cells].filter((cell) => cell.offsetParent).length;
      panel.update(shown, desk.details[name]);
    },
  };
}

function sayDifferences(cell, shadow) {
  if (!shadow) {
    text(cell, NONE);
    attribute(cell, "title", "not shadowed");
  } else {
    text(cell, shadow.differences ? plural(shadow.differences, "place", "places") : `0 of ${count(shadow.compared)}`);
    attribute(cell, "title", `${plural(shadow.compared, "answer", "answers")} compared`);
  }
  cell.classList.toggle("gc-quiet", !shadow || !shadow.compared);
  cell.classList.toggle("gc-bad", Boolean(shadow?.differences));
}

function sayGuard(cell, guards) {
  const tripped = guards.some((each) => each.tripped);
  text(cell, !guards.length ? NONE : tripped ? "tripped" : guards.every((each) => each.requests < each.min_requests) ? "waits" : "watches");
  attribute(cell, "title", guards.map((each) => each.evidence).join("; ") || null);
  cell.classList.toggle("gc-quiet", !guards.length);
  cell.classList.toggle("gc-bad", tripped);
}

/** The routes that the registry does not list. */
export function unlisted(desk) {
  const routes = h("td", { class: "gc-number gc-col-routes" });
  const spark = sparkline();
  const lanes = Object.fromEntries(LANES.map((lane) => [lane, figures(lane)]));
  const node = h(
    "tbody",
    {},
    h(
      "tr",
      { class: "gc-row gc-row-rest" },
      h("th", { scope: "row" }, "not listed"),
      h("td", {}, NONE),
      routes,
      h("td", { class: "gc-number gc-col-canary" }, NONE),
      h("td", { class: "gc-col-spark" }, spark.node),
      ...LANES.flatMap((lane) => lanes[lane].cells),
      h("td", { class: "gc-number gc-first gc-col-differences" }, NONE),
      h("td", { class: "gc-col-guard" }, NONE),
    ),
  );
  return {
    node,
    update(shown) {
      text(routes, shown.routes);
      spark.update(shown.lanes, desk.window);
      for (const lane of LANES) lanes[lane].update(shown.lanes[lane]);
    },
  };
}
