/** Small pictures of traffic: bars by step, both lanes on top of each other; and shares of a whole. */

import { attribute, h, s } from "./dom.js";
import { count, LANES, NAMES } from "./format.js";

const HEIGHT = 24;
const BAR = 2;

/** Requests by step, Flask below and FastAPI above it. */
export function sparkline() {
  const paths = LANES.map((lane) => s("path", { class: `gc-fill-${lane}` }));
  const ground = s("path", { class: "gc-spark-ground" });
  const node = s("svg", { class: "gc-spark", role: "img", preserveAspectRatio: "none" }, ground, ...paths);
  return {
    node,
    update(lanes, window) {
      const series = LANES.map((lane) => lanes[lane].series);
      const steps = series[0].length;
      const most = Math.max(1, ...series[0].map((value, step) => value + series[1][step]));
      attribute(node, "viewBox", `0 0 ${steps * BAR} ${HEIGHT}`);
      attribute(ground, "d", `M0 ${HEIGHT - 0.5}h${steps * BAR}`);
      const bottom = new Array(steps).fill(HEIGHT);
      series.forEach((values, index) => {
        let drawn = "";
        values.forEach((value, step) => {
          if (!value) return;
          const tall = Math.max((value / most) * (HEIGHT - 1), 0.75);
          bottom[step] -= tall;
          drawn += `M${step * BAR} ${bottom[step].toFixed(2)}h${BAR - 0.35}v${tall.toFixed(2)}h${0.35 - BAR}z`;
        });
        attribute(paths[index], "d", drawn || null);
      });
      const said = LANES.map((lane) => `${NAMES[lane]} ${count(lanes[lane].requests)}`).join(", ");
      attribute(node, "aria-label", `Requests of the last ${Math.round(window / 60)} minutes: ${said}`);
    },
  };
}

/** How much of a whole is FastAPI's. */
export function meter(label) {
  const bar = h("span", { class: "gc-meter-bar" });
  const node = h("span", { class: "gc-meter", role: "img", "aria-label": label }, bar);
  return {
    node,
    update(share, said) {
      bar.style.width = `${Math.max(0, Math.min(1, share)) * 100}%`;
      attribute(node, "aria-label", said);
    },
  };
}
