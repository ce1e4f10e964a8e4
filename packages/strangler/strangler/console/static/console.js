/** The console: asks for the state every second while the tab is visible, and changes the page in place. */

import { meter, sparkline } from "./charts.js";
import { confirm } from "./dialog.js";
import { attribute, h, keyed, text } from "./dom.js";
import { count, errors, errorShare, LANES, latency, moment, NAMES, percent, plural, rate } from "./format.js";
import { journalTable } from "./journal.js";
import { blueprint, choice, head, unlisted } from "./rows.js";

const EVERY = 1000; // milliseconds
const PATIENCE = 8000;
const MISSED = 4000; // milliseconds without an answer that are worth a word

const root = document.getElementById("gateway-console");
const api = new URL(root.dataset.api, location.href);

/** The blueprints that the address names. */
function named() {
  try {
    return new Set(location.hash.slice(1).split(",").filter(Boolean).map(decodeURIComponent));
  } catch {
    return new Set(); // an address that somebody has cut in the middle
  }
}

/** What the parts of the page share. */
const desk = {
  opened: named(),
  details: {},
  journals: {},
  window: 300,
  registry: null,
  lane: null,
  commands: {},
  confirm,

  toggle(name) {
    if (!this.opened.delete(name)) this.opened.add(name);
    history.replaceState(history.state, "", this.opened.size ? `#${[...this.opened].map(encodeURIComponent).join(",")}` : location.pathname + location.search);
    if (last) page.update(last);
    poll();
    if (this.opened.has(name)) readJournal(name);
  },

  /** Ask for a change. Returns whether it was made; either is said on the page. */
  async ask(action, body, said) {
    try {
      await call(action, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
      page.say(`${body.blueprint}: ${said}`, true);
      return true;
    } catch (error) {
      page.say(`${body.blueprint} was not changed: ${error.message}`, false);
      return false;
    } finally {
      await poll();
    }
  },
};

async function call(path, options = {}) {
  let answer;
  try {
    answer = await fetch(new URL(path, api), { ...options, signal: AbortSignal.timeout(PATIENCE), credentials: "same-origin" });
  } catch (error) {
    throw new Error(error.name === "TimeoutError" ? "the server does not answer" : "the server cannot be reached");
  }
  let told;
  try {
    told = await answer.json();
  } catch {
    throw new Error(`the server answers ${answer.status}, and no console`);
  }
  if (told.status === "ok") return told.response;
  throw new Error(told.response?.message || told.message || `the server answers ${answer.status}`);
}

// ---- the page

function lanesTable() {
  const rows = LANES.map((lane) => {
    const cells = [0, 1, 2, 3, 4].map(() => h("td", { class: "gc-number" }));
    return { lane, cells, node: h("tr", {}, h("th", { scope: "row" }, h("span", { class: `gc-mark gc-mark-${lane}` }), ` ${NAMES[lane]}`), ...cells) };
  });
  const names = ["", "req/s", "requests", "p50", "p95", "errors"];
  const table = h(
    "table",
    { class: "gc-table gc-sides" },
    h("thead", {}, h("tr", {}, h("td", {}), ...names.slice(1).map((name) => h("th", { scope: "col", class: "gc-number" }, name)))),
    h("tbody", {}, ...rows.map((row) => row.node)),
  );
  return {
    node: table,
    update(lanes) {
      for (const { lane, cells } of rows) {
        const served = lanes[lane];
        [rate(served), count(served.requests), latency(served.p50), latency(served.p95), errors(served)].forEach((value, index) => text(cells[index], value));
        cells[4].classList.toggle("gc-bad", served.errors > 0);
        attribute(cells[4], "title", errorShare(served));
      }
    },
  };
}

function figure(label) {
  const value = h("span", { class: "gc-figure" });
  const of = h("span", { class: "gc-figure-of" });
  const bar = meter(label);
  const under = h("p", { class: "gc-hint" });
  return {
    node: h("section", { class: "gc-card", "aria-label": label }, h("h2", {}, label), h("p", {}, value, of), bar.node, under),
    update(share, words, more) {
      text(value, share === null ? "–" : percent(share));
      text(of, ` ${words}`);
      bar.update(share ?? 0, `${label}: ${share === null ? "none" : percent(share)}`);
      text(under, more);
    },
  };
}

function build() {
  const live = h("span", { class: "gc-live", role: "status" });
  const meta = h("p", { class: "gc-hint gc-meta" });
  const notices = h("div", { class: "gc-notices", role: "status", "aria-live": "polite" });
  const message = h("div", { class: "gc-message", role: "status", "aria-live": "polite" });
  const byRoutes = figure("Routes on FastAPI");
  const byTraffic = figure("Traffic on FastAPI");
  const sides = lanesTable();
  const spark = sparkline();
  const table = h("table", { class: "gc-table gc-blueprints" }, h("caption", { class: "gc-hidden" }, "Blueprints"), head());
  const journal = journalTable(true);
  const chosen = choice(desk, () => last && page.update(last));
  desk.shows = chosen.shows;
  const legend = h("p", { class: "gc-hint" }, "Latency is the time until the answer begins; figures are those of the last five minutes, of all workers. Open a blueprint to move it.");
  const all = h(
    "div",
    { class: "gc" },
    h("div", { class: "gc-head" }, h("h1", {}, "Migration"), live, meta),
    notices,
    message,
    h("div", { class: "gc-cards" }, byRoutes.node, byTraffic.node, h("section", { class: "gc-card gc-card-wide", "aria-label": "Lanes" }, h("h2", {}, "Lanes, last five minutes"), h("div", { class: "gc-sides-line" }, sides.node, spark.node))),
    h("section", { class: "gc-card gc-card-table", "aria-label": "Blueprints" }, chosen.node, table, legend),
    h("section", { class: "gc-card", "aria-label": "Journal" }, h("h2", {}, "Journal"), journal.node),
  );
  root.replaceChildren(all);
  let rest = null;
  let until = 0;
  return {
    update(state) {
      const { progress } = state;
      const lanes = progress.lanes;
      const requests = lanes.flask.requests + lanes.fastapi.requests;
      byRoutes.update(
        progress.routes ? progress.on_fastapi / progress.routes : null,
        `${count(progress.on_fastapi)} of ${plural(progress.routes, "route", "routes")}`,
        `${progress.blueprints_on_fastapi} of ${plural(progress.blueprints, "blueprint", "blueprints")} moved as a whole`,
      );
      byTraffic.update(requests ? lanes.fastapi.requests / requests : null, `of ${plural(requests, "request", "requests")}`, "in the last five minutes, in all workers");
      sides.update(lanes);
      spark.update(lanes, state.window);
      chosen.update(state.blueprints);
      keyed(table, state.blueprints, (each) => each.name, (each) => blueprint(desk, each), table.tHead);
      if (state.unlisted) {
        rest ??= unlisted(desk);
        rest.update(state.unlisted);
        if (table.lastElementChild !== rest.node) table.append(rest.node);
      } else {
        rest?.node.remove();
      }
      if (state.journal) journal.update(state.journal, "Nothing was changed yet. What people, commands, this page and the guard change is written down here.");
      text(meta, [state.registry, `table ${state.table}`, plural(state.workers, "worker", "workers"), `you are ${state.who}`].filter(Boolean).join(" · "));
      keyed(notices, noticesOf(state), (each) => each, (words) => ({ node: h("p", { class: "gc-notice" }, words), update() {} }));
      if (until && Date.now() > until) this.say("", true);
    },
    /** How fresh it is. */
    age(since, problem) {
      const missed = Boolean(problem) || Date.now() - since > MISSED;
      live.classList.toggle("gc-live-lost", missed);
      text(live, missed ? `No news since ${moment(since)}${problem ? `: ${problem}` : ""}. What is shown is as old.` : "live");
      all.classList.toggle("gc-stale", missed);
    },
    say(words, good) {
      until = words && good ? Date.now() + 15000 : 0;
      message.classList.toggle("gc-message-bad", !good);
      message.replaceChildren(...(words ? [h("span", {}, words), h("button", { class: "gc-close", type: "button", "aria-label": "Close", onclick: () => this.say("", true) }, "×")] : []));
    },
  };
}

function noticesOf(state) {
  const found = [...state.problems];
  if (state.lane) found.push(`Everything is served by ${NAMES[state.lane]}: the server was started so. What is set here has no effect.`);
  if (state.refused) found.push(`An edit of ${state.registry} was refused at ${moment(state.refused.at)}${state.refused.line ? `, line ${state.refused.line}` : ""}: ${state.refused.reason}. The last good one goes on serving.`);
  return found;
}

// ---- the turns

const page = build();
let last = null;
let answered = Date.now();
let asked = 0;
let timer = 0;
let newest = "";
let problem = null; // why the last question had no answer

async function poll() {
  clearTimeout(timer);
  const mine = ++asked;
  try {
    const state = await call(`state?${new URLSearchParams({ open: [...desk.opened].join() })}`);
    if (mine !== asked) return; // a later question has overtaken this one
    answered = Date.now();
    problem = null;
    last = state;
    Object.assign(desk, { window: state.window, registry: state.registry, lane: state.lane, commands: state.commands });
    Object.assign(desk.details, state.opened);
    const latest = state.journal?.[0]?.id ?? "";
    if (latest !== newest) {
      newest = latest;
      for (const name of desk.opened) readJournal(name);
    } else {
      for (const name of desk.opened) if (!(name in desk.journals)) readJournal(name);
    }
    page.update(state);
  } catch (error) {
    if (mine !== asked) return;
    problem = error.message;
  }
  page.age(answered, problem);
  if (!document.hidden) timer = setTimeout(poll, EVERY);
}

async function readJournal(name) {
  try {
    desk.journals[name] = await call(`journal?${new URLSearchParams({ blueprint: name })}`);
    if (last) page.update(last);
  } catch {
    newest = ""; // the next turn asks again, and says what is wrong
  }
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) clearTimeout(timer);
  else poll();
});
addEventListener("hashchange", () => {
  desk.opened = named();
  if (last) page.update(last);
  poll();
});
setInterval(() => {
  if (!document.hidden) page.age(answered, problem);
}, EVERY);
poll();
