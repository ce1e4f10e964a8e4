import { describe, expect, it } from "vitest";
import type { Graph } from "../src/api/graphs";
import { dateText, nearest } from "../src/graphs/draw";
import { aligned, csv, ofReleases, plotOf, tableOf, valueText } from "../src/graphs/series";

const graph: Graph = {
  data: {
    datasets: [
      { label: "2025.1 - load", data: [{ x: "2025-03-01T00:00:00Z", y: 5, id: "b", changes: ["scylla-server: 2", "kernel: 1 -> 2"], dep_change: true }, { x: "2025-02-01T00:00:00Z", y: 4, id: "a", limit: 6 }] },
      { label: "dev - load", data: [{ x: "2025-03-01T00:00:00Z", y: 10, ori: 900, id: "c" }, { x: "2025-03-01T00:00:00Z", y: null, id: "d" }] },
      { label: "error threshold", data: [{ x: "2025-02-01T00:00:00Z", y: 6 }] },
    ],
  },
  options: { scales: { y: { min: 2, max: 10, title: { text: "[ms]" } } }, plugins: { title: { text: "write - latencies - P99" }, subtitle: { text: "" } } },
};
const march = Date.parse("2025-03-01T00:00:00Z") / 1000;

describe("a graph of the server", () => {
  const plot = plotOf(graph);

  it("becomes lines in the order of time, without what has no number, and its threshold apart", () => {
    expect(plot.lines.map((line) => [line.release, line.points.map((point) => point.run)])).toEqual([["2025.1", ["a", "b"]], ["dev", ["c"]]]);
    expect(plot.limits).toEqual([[Date.parse("2025-02-01T00:00:00Z") / 1000, 6]]);
  });

  it("shows the measured value where the drawn one was cut", () => {
    const point = plot.lines[1]?.points[0];
    expect([point?.y, point?.value]).toEqual([10, 900]);
    expect(valueText(plot, 900)).toBe("900 ms");
  });

  it("keeps runs of one build apart, so that each can be pointed at", () => {
    const twins = plotOf({ ...graph, data: { datasets: [{ label: "dev - load", data: ["a", "b", "c"].map((id) => ({ x: "2025-03-01T00:00:00Z", y: 1, id })) }] } });
    expect(twins.lines[0]?.points.map((point) => point.at)).toEqual([march, march + 1, march + 2]);
  });

  it("lets the chart choose the range where the server's is upside down", () => {
    expect(plotOf({ ...graph, options: { ...graph.options, scales: { y: { min: -4, max: -9 } } } }).range).toBeNull();
  });

  it("is one column of times and one a line, gaps as null", () => {
    expect(aligned(plot)).toEqual([[Date.parse("2025-02-01T00:00:00Z") / 1000, march], [4, 5], [null, 10], [6, null]]);
  });

  it("has no column for a threshold that it has not", () => expect(aligned({ ...plot, limits: [] })).toHaveLength(3));

  it("is filtered by release; none chosen means all", () => {
    expect(ofReleases(plot, ["dev"]).lines).toHaveLength(1);
    expect(ofReleases(plot, [])).toBe(plot);
  });

  it("names the table before its last dash", () => expect(tableOf(plot.title)).toBe("write - latencies"));
});

it("dates the axis by days, and by minutes where days are too coarse", () => {
  expect([dateText(march, 86_400), dateText(march + 3600, 3600)]).toEqual(["2025-03-01", "03-01 01:00"]);
});

describe("the file of a graph", () => {
  it("has a line a point, with what was measured", () => {
    const lines = csv(plotOf(graph)).trim().split("\r\n");
    expect(lines[0]).toBe("date,series,value [ms],limit,run,changes");
    expect(lines).toContain("2025-03-01T00:00:00.000Z,2025.1 - load,5,,b,scylla-server: 2; kernel: 1 -> 2");
    expect(lines).toContain("2025-03-01T00:00:00.000Z,dev - load,900,,c,");
  });

  it("lets no text become a formula of a spreadsheet, and quotes what separates", () => {
    const evil = { ...graph, data: { datasets: [{ label: '=cmd("x"), y', data: [{ x: "2025-03-01T00:00:00Z", y: 1 }] }] } };
    expect(csv(plotOf(evil))).toContain(`"'=cmd(""x""), y"`);
    const inches = { ...graph, data: { datasets: [{ label: '5" disk', data: [{ x: "2025-03-01T00:00:00Z", y: 1 }] }] } };
    expect(csv(plotOf(inches))).toContain('"5"" disk"');
  });
});

describe("the point under the pointer", () => {
  const plot = plotOf(graph);
  const chart = (left: number, top: number, shown = true) =>
    ({ cursor: { left, top }, series: [{}, { show: shown }, { show: true }], valToPos: (value: number, axis: string) => (axis === "x" ? (value === march ? 100 : 0) : value * 10) }) as never;

  it("is the nearest one", () => expect(nearest(chart(98, 52), plot)?.point.run).toBe("b"));
  it("is none when the pointer is far from all", () => expect(nearest(chart(300, 300), plot)).toBeUndefined());
  it("is none of a line that was switched off", () => expect(nearest(chart(98, 52, false), plot)).toBeUndefined());
});
