/** What a blueprint opens to: what is in force and the controls, evidence, routes, differences, and its part of the journal. */

import { attribute, h, keyed, show, text } from "./dom.js";
import { ago, count, errors, LANES, latency, moment, NAMES, NONE, OTHER, percent, plain, plural } from "./format.js";
import { journalTable } from "./journal.js";

export function detail(desk, name) {
  const parts = [controls(desk, name), evidence(), routes(), differences(), journal()];
  const node = h(
    "div",
    { class: "gc-detail" },
    h("div", { class: "gc-detail-side" }, parts[0].node, parts[1].node),
    h("div", { class: "gc-detail-main" }, parts[2].node, parts[3].node, parts[4].node),
  );
  return {
    node,
    update(shown, details) {
      parts[0].update(shown);
      parts[1].update(shown);
      if (details) {
        parts[2].update(details.routes);
        parts[3].update(details.differences, shown.shadow);
      }
      parts[4].update(desk.journals[name] ?? null);
    },
  };
}

function section(title, ...children) {
  return h("section", { class: "gc-section", "aria-label": title }, h("h3", {}, title), ...children);
}

/** What is in force, and how to change it. What was typed or dragged stays until it is set or given up. */
function controls(desk, name) {
  const now = h("p", { class: "gc-now" });
  const stands = h("div", { class: "gc-stands" });
  const since = h("p", {});
  const permanent = h("pre", { class: "gc-code" });
  const back = h("button", { class: "gc-button", type: "button" }, "Back to what the registry says");
  stands.append(since, h("p", { class: "gc-hint" }, "To make it permanent:"), permanent, back);

  const label = h("label", { class: "gc-label", for: `gc-slider-${name}` });
  const slider = h("input", { type: "range", min: 0, max: 100, step: 1, id: `gc-slider-${name}`, class: "gc-slider" });
  const number = h("input", { type: "number", min: 0, max: 100, step: "any", class: "gc-input gc-percent", "aria-label": "Percent of the callers" });
  const set = h("button", { class: "gc-button", type: "submit" }, "Set canary");
  const sticky = h("p", { class: "gc-hint" });
  const canary = h("form", { class: "gc-canary" }, label, h("div", { class: "gc-line" }, slider, number, h("span", {}, "%"), set), sticky);

  const why = h("input", { class: "gc-input", maxlength: 500, autocomplete: "off", id: `gc-why-${name}`, placeholder: "for the journal" });
  const over = h("button", { class: "gc-button gc-button-strong", type: "button" }, "Cut over to FastAPI…");
  const rollback = h("button", { class: "gc-button", type: "button" }, "Roll back to Flask…");
  const filed = h("p", { class: "gc-hint" });
  const node = section(
    "In force",
    now,
    filed,
    stands,
    canary,
    h("label", { class: "gc-label", for: `gc-why-${name}` }, "Why"),
    why,
    h("div", { class: "gc-actions gc-actions-left" }, over, rollback),
  );

  let shown = null;
  let touched = null; // what had been seen when the slider was first moved

  const touch = (from, to) => {
    touched ??= shown.seen;
    to.value = from.value;
    paint();
  };
  slider.addEventListener("input", () => touch(slider, number));
  number.addEventListener("input", () => touch(number, slider));
  const paint = () => {
    slider.style.setProperty("--gc-part", `${slider.value}%`);
    attribute(slider, "aria-valuetext", `${number.value} percent to ${NAMES[OTHER[shown.owner]]}`);
    set.disabled = number.value === "" || Number(number.value) === shown.percent;
  };
  canary.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    touched = null;
    slider.value = number.value = plain(shown.percent);
    paint();
  });
  canary.addEventListener("submit", async (event) => {
    event.preventDefault();
    const wanted = Number(number.value);
    const said = wanted ? `${plain(wanted)} % of the callers go to ${NAMES[OTHER[shown.owner]]}.` : "no canary.";
    const done = await desk.ask("canary", { blueprint: name, seen: touched ?? shown.seen, percent: wanted, why: why.value.trim() }, said);
    touched = null;
    if (done) why.value = "";
  });
  const carryOut = async (action, order, said) => {
    if (await desk.ask(action, { blueprint: name, ...order }, said)) why.value = "";
  };
  over.addEventListener("click", async () => {
    const { seen, against, routes } = shown;
    const sentences = [`All ${plural(routes.total, "route", "routes")} of ${name} will be served by FastAPI within two seconds, in every worker.`, UNTIL(desk.registry)];
    if (shown.own.length) sentences.push("Routes for which the registry names an owner itself stay where they are.");
    const answer = await desk.confirm({ title: `Cut ${name} over to FastAPI?`, sentences, against, why: why.value, button: "Cut over" });
    if (answer) await carryOut("cutover", { seen, ...answer }, "FastAPI serves it.");
  });
  rollback.addEventListener("click", async () => {
    const { seen, routes } = shown;
    const sentences = [`All ${plural(routes.total, "route", "routes")} of ${name} will be served by Flask within two seconds, in every worker, without canary.`, UNTIL(desk.registry)];
    const answer = await desk.confirm({ title: `Roll ${name} back to Flask?`, sentences, why: why.value, button: "Roll back" });
    if (answer) await carryOut("rollback", { seen, why: answer.why }, "Flask serves it.");
  });
  back.addEventListener("click", () => carryOut("lift", { seen: shown.seen, why: why.value.trim() }, "what the registry says is in force."));

  function update(found) {
    shown = found;
    text(now, sayNow(found));
    text(filed, [found.since ? `Since ${found.since}.` : "", found.reason ?? ""].filter(Boolean).join(" "));
    const set = found.overrides;
    show(stands, set.length > 0);
    if (set.length) {
      const [first] = set;
      const words = first.why ? `: “${first.why}”` : "";
      const more = set.length > 1 ? ` (and ${plural(set.length - 1, "route of its own", "routes of their own")})` : "";
      text(since, `Set by ${first.who === "guard" ? "the guard" : first.who} ${ago(first.at)}${words}${more}. ${UNTIL(desk.registry)}`);
      text(permanent, sayPermanent(found, desk.commands));
    }
    const other = NAMES[OTHER[found.owner]];
    text(label, `Canary: callers that ${other} serves`);
    text(sticky, found.movable ? STICKY[found.sticky ?? "none"] : "There is no second lane for it, or each of its routes has a policy of its own.");
    for (const input of [slider, number]) input.disabled = !found.movable || Boolean(desk.lane);
    if (touched === null && document.activeElement !== number) slider.value = number.value = plain(found.percent);
    paint();
    if (!found.movable) set.disabled = true;
    show(over, found.routes.flask > 0 || (found.owner === "fastapi" && found.percent > 0));
    show(rollback, found.routes.fastapi > 0 || found.percent > 0);
    for (const button of [over, rollback, back]) button.disabled = Boolean(desk.lane);
    if (found.lacks.length) over.disabled = true;
  }
  return { node, update };
}

const UNTIL = (registry) => `It stands until the entry in ${registry ?? "the registry"} is edited, or until it is taken back here; the file itself stays as it is.`;
const STICKY = {
  user: "Sticky by user: everybody keeps the lane that they were given; who is not logged in is known by the address.",
  session: "Sticky by session: every browser keeps the lane that it was given.",
  ip: "Sticky by address.",
  none: "Not sticky: each request is drawn anew.",
};

function sayNow(found) {
  const { flask, fastapi, total } = found.routes;
  const owner = NAMES[found.owner];
  const mixed = flask && fastapi ? ` ${NAMES[OTHER[found.owner]]} owns ${found.owner === "flask" ? fastapi : flask} of its ${total} routes.` : "";
  const trying = found.percent ? ` ${plain(found.percent)} % of the callers go to ${NAMES[OTHER[found.owner]]}.` : " There is no canary.";
  return `${owner} serves ${mixed ? "the blueprint" : "it"}.${mixed}${trying}`;
}

/** What to type, or to write into the file, so that it stays. */
function sayPermanent(found, commands) {
  const whole = found.overrides.find((each) => each.subject === found.name);
  const lines = [];
  const command = (key) => {
    if (commands[key]) lines.push(commands[key].replace("{name}", found.name).replace("{percent}", plain(found.percent)));
  };
  if (!whole || whole.owner !== found.filed.owner || !found.percent) command(found.owner === "fastapi" ? "cutover" : "rollback");
  if (found.percent) command("canary");
  lines.push(`# or: ${found.name}:`, `#   owner: ${found.owner}`);
  if (found.percent) lines.push(`#   canary: {percent: ${plain(found.percent)}, sticky: ${found.sticky ?? "user"}}`);
  return lines.join("\n");
}

/** What a cut-over asks for. */
function evidence() {
  const list = h("ul", { class: "gc-evidence" });
  const guards = h("ul", { class: "gc-evidence" });
  return {
    node: section("Evidence", list, guards),
    update(shown) {
      const lacks = shown.lacks.map((route) => `FastAPI does not have ${route}`);
      const found = [...lacks, ...shown.against].map((words) => ({ words, good: false }));
      if (shown.parity?.clean) found.push({ words: shown.parity.said, good: true });
      const { shadow } = shown;
      if (shadow?.compared && !shadow.differences) found.push({ words: `shadow: 0 places differ in ${plural(shadow.compared, "comparison", "comparisons")}`, good: true });
      if (!found.length) found.push({ words: "nothing speaks against a cut-over", good: true });
      keyed(list, found, (each) => each.words, () => item());
      keyed(guards, shown.guards.map(sayGuard), (each) => each.subject, () => item());
    },
  };
}

function item() {
  const mark = h("span", { "aria-hidden": "true", class: "gc-tick" });
  const words = h("span", {});
  return {
    node: h("li", {}, mark, words),
    update(each) {
      text(mark, each.good ? "✓" : "✗");
      mark.className = `gc-tick ${each.good ? "gc-good" : "gc-bad"}`;
      text(words, each.words);
    },
  };
}

function sayGuard(guard) {
  const budget = [
    guard.max_error_rate === null ? null : `errors ${percent(guard.max_error_rate)} above the other lane's`,
    guard.max_latency_ratio === null ? null : `latency ${guard.max_latency_ratio} times the other lane's`,
  ].filter(Boolean);
  const state = guard.tripped
    ? `has put it back to ${NAMES[guard.then]}`
    : guard.requests < guard.min_requests
      ? `waits for ${count(guard.min_requests)} requests of ${NAMES[guard.tried]}, ${count(guard.requests)} so far`
      : "watches";
  return { subject: guard.subject, good: !guard.tripped, words: `guard ${state}: at most ${budget.join(" and ")} within ${plain(guard.window)} s (${guard.evidence})` };
}

/** Every route, with both lanes side by side. */
function routes() {
  const body = h("tbody", {});
  const columns = (lane) =>
    ["requests", "p50", "p95", "errors"].map((name, index) =>
      h(
        "th",
        { scope: "col", class: `gc-number${index ? "" : " gc-first"}` },
        index ? null : h("span", { class: `gc-mark gc-mark-${lane}` }),
        name,
        h("span", { class: "gc-hidden" }, ` on ${NAMES[lane]}`),
      ),
    );
  const names = ["Method", "Route", "Owner"].map((name) => h("th", { scope: "col" }, name));
  const head = h("thead", {}, h("tr", {}, ...names, ...LANES.flatMap(columns)));
  const node = section("Routes", h("div", { class: "gc-scroll", tabindex: 0, role: "group", "aria-label": "Table of routes" }, h("table", { class: "gc-table gc-small gc-routes" }, head, body)));
  return { node, update: (found) => keyed(body, found, (route) => `${route.methods} ${route.path}`, route) };
}

function route(found) {
  const mark = h("span", { class: "gc-mark" });
  const owner = h("span", {});
  const cells = Object.fromEntries(LANES.map((lane) => [lane, [0, 1, 2, 3].map((index) => h("td", { class: `gc-number${index ? "" : " gc-first"}` }))]));
  const own = h("span", { class: "gc-chip gc-chip-quiet" }, "policy of its own");
  const alone = h("span", { class: "gc-chip gc-chip-quiet" });
  const node = h(
    "tr",
    {},
    h("td", { class: "gc-path gc-method" }, found.methods.join(" ")),
    h("th", { scope: "row", class: "gc-path", title: found.reason }, ...breakable(found.path), own, alone),
    h("td", { class: "gc-owner" }, mark, owner),
    ...LANES.flatMap((lane) => cells[lane]),
  );
  return {
    node,
    update(shown) {
      mark.className = `gc-mark gc-mark-${shown.owner}`;
      text(owner, `${NAMES[shown.owner]}${shown.own && shown.percent ? `, canary ${plain(shown.percent)} %` : ""}`);
      show(own, shown.own);
      show(alone, shown.lanes.length < 2);
      text(alone, shown.lanes.length === 1 ? `only ${NAMES[shown.lanes[0]]}` : "no lane has all its methods");
      for (const lane of LANES) {
        const served = shown.served[lane];
        [served.requests ? count(served.requests) : NONE, latency(served.p50), latency(served.p95), errors(served)].forEach((value, index) => {
          text(cells[lane][index], value);
        });
        cells[lane][3].classList.toggle("gc-bad", served.errors > 0);
      }
    },
  };
}

/** A path that may be cut behind its slashes. */
function breakable(path) {
  return path.split(/(?<=\/)/).flatMap((part) => [part, h("wbr")]);
}

/** Where the lanes differ, with samples side by side. */
function differences() {
  const list = h("div", { class: "gc-places" });
  const none = h("p", { class: "gc-hint" });
  return {
    node: section("Differences", none, list),
    update(found, shadow) {
      show(none, !found.length);
      text(
        none,
        !shadow
          ? "Nothing of it is shadowed. Give it `shadow: {percent: 10}` in the registry, and a sample of its GET requests is played on the other lane and compared."
          : shadow.compared
            ? `None in ${plural(shadow.compared, "comparison", "comparisons")} since ${moment(shadow.since)}.`
            : `Nothing was compared yet; ${plain(shadow.percent)} % of its GET requests are shadowed.`,
      );
      keyed(list, found, (each) => `${each.method} ${each.route} ${each.path}`, place);
    },
  };
}

function place(found) {
  const times = h("span", { class: "gc-chip gc-chip-bad" });
  const noise = h("span", { class: "gc-hint" });
  const body = h("tbody", {});
  const table = h(
    "table",
    { class: "gc-table gc-small gc-samples" },
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Request"), ...LANES.map((lane) => h("th", { scope: "col" }, `${NAMES[lane]} said`)))),
    body,
  );
  const summary = h("summary", {}, h("span", { class: "gc-path" }, h("span", { class: "gc-method" }, found.method), " ", ...breakable(found.route), " "), "at", h("code", {}, found.path), " ", times, noise);
  return {
    node: h("details", { class: "gc-place" }, summary, table),
    update(shown) {
      text(times, `×${count(shown.count)}`);
      text(noise, shown.noise ? ` noise ×${count(shown.noise)}` : "");
      keyed(body, shown.samples, (sample) => `${sample.at} ${sample.url} ${sample.flask} ${sample.fastapi}`, (sample) => ({
        node: h(
          "tr",
          {},
          h("td", {}, h("code", {}, sample.url), h("div", { class: "gc-hint" }, moment(sample.at))),
          ...LANES.map((lane) => h("td", {}, h("code", { class: `gc-said gc-said-${lane}` }, sample[lane]))),
        ),
        update() {},
      }));
    },
  };
}

function journal() {
  const table = journalTable(false);
  return {
    node: section("Its journal", table.node),
    update: (entries) => table.update(entries ?? [], entries === null ? "Loading…" : "Nothing was changed yet."),
  };
}
