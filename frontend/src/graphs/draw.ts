/** What the chart library is told, and what it does not draw by itself: rings where a package changed, the nearest point. */
import type uPlot from "uplot";
import { THRESHOLD, valueText, type Plot, type Point } from "./series";

/** The charts of a page that have one pointer and one span of time. */
export const SHARED = "argus-results";
const COLOURS = 8;
const DASHES: number[][] = [[], [10, 5], [3, 4], [12, 4, 2, 4]];
const REACH = 28; // pixels between the pointer and a point

export interface Hit {
  line: string;
  point: Point;
}

const colour = (style: CSSStyleDeclaration, name: string): string => style.getPropertyValue(name).trim() || "#808080";
const lineColour = (style: CSSStyleDeclaration, index: number): string => colour(style, `--series-${(index % COLOURS) + 1}`);

export function optionsOf(plot: Plot, width: number, height: number, style: CSSStyleDeclaration): uPlot.Options {
  const axis = { stroke: colour(style, "--muted"), grid: { stroke: colour(style, "--line"), width: 1 }, ticks: { stroke: colour(style, "--line"), width: 1 }, font: `12px ${style.fontFamily}` };
  return {
    width,
    height,
    padding: [12, 44, 0, 0], // the last date has room
    tzDate: (seconds) => utcAsLocal(seconds),
    scales: { x: { time: true }, y: plot.range ? { range: plot.range } : {} },
    axes: [{ ...axis, space: 90, values: (_, splits, _axis, _space, step) => splits.map((at) => dateText(at, step)) }, { ...axis, size: 78, values: (_, splits) => splits.map((value) => valueText(plot, value)) }],
    series: [
      {},
      ...plot.lines.map((line, index) => ({
        label: line.label,
        stroke: lineColour(style, index),
        width: 2,
        dash: DASHES[Math.floor(index / COLOURS) % DASHES.length] ?? [],
        spanGaps: true,
        points: { show: true, size: 7, fill: lineColour(style, index) },
      })),
      ...(plot.limits.length === 0 ? [] : [{ label: THRESHOLD, stroke: colour(style, "--bad"), width: 2, dash: [5, 5], spanGaps: true, points: { show: false } }]),
    ],
    cursor: { sync: { key: SHARED }, drag: { x: true, y: false }, points: { show: false } },
    legend: { show: true, live: false },
  };
}

/** A date of the axis; with the time when less than a day is between two of them. */
export function dateText(at: number, step: number): string {
  const text = new Date(at * 1000).toISOString();
  return step < 86_400 ? `${text.slice(5, 10)} ${text.slice(11, 16)}` : text.slice(0, 10);
}

/** The chart shows local time of what it is given; builds are dated in UTC. */
function utcAsLocal(seconds: number): Date {
  const date = new Date(seconds * 1000);
  return new Date(date.getTime() + date.getTimezoneOffset() * 60_000);
}

/** A ring where another package than the tested one changed since the result before. */
export function drawMarks(chart: uPlot, plot: Plot, style: CSSStyleDeclaration): void {
  const { ctx } = chart;
  ctx.save();
  ctx.setLineDash([]);
  ctx.lineWidth = 2 * devicePixelRatio;
  plot.lines.forEach((line, index) => {
    if (!chart.series[index + 1]?.show) return;
    ctx.strokeStyle = lineColour(style, index);
    ctx.fillStyle = colour(style, "--surface");
    for (const point of line.points) {
      if (!point.packageChanged || point.at < (chart.scales.x?.min ?? 0) || point.at > (chart.scales.x?.max ?? 0)) continue;
      ctx.beginPath();
      ctx.arc(chart.valToPos(point.at, "x", true), chart.valToPos(point.y, "y", true), 5 * devicePixelRatio, 0, 2 * Math.PI);
      ctx.fill();
      ctx.stroke();
    }
  });
  ctx.restore();
}

/** The point nearest to the pointer among the lines that are shown, if one is near. */
export function nearest(chart: Pick<uPlot, "cursor" | "series" | "valToPos">, plot: Plot): Hit | undefined {
  const { left = -1, top = -1 } = chart.cursor;
  if (left < 0) return undefined;
  let best: Hit | undefined;
  let distance = REACH;
  plot.lines.forEach((line, index) => {
    if (!chart.series[index + 1]?.show) return;
    for (const point of line.points) {
      const away = Math.hypot(chart.valToPos(point.at, "x") - left, chart.valToPos(point.y, "y") - top);
      if (away < distance) [distance, best] = [away, { line: line.label, point }];
    }
  });
  return best;
}
