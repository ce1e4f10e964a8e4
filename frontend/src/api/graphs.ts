/** Result tables over builds: the graphs of a test, and the named selections of them. */
import { get, post, requestEnvelope } from "./client";

export interface GraphPoint {
  /** Date of the software under test. */
  x: string;
  /** Null where a run gave no number; a value far outside is drawn at the edge and stands in `ori`. */
  y: number | null;
  id?: string;
  ori?: number;
  limit?: number;
  changes?: string[];
  dep_change?: boolean;
}

export interface Graph {
  data: { datasets: { label: string; data: GraphPoint[] }[] };
  options: {
    scales: { y: { min: number; max: number; title?: { text?: string } } };
    plugins: { title: { text: string }; subtitle?: { text?: string } };
  };
}

export interface GraphView {
  test_id: string;
  id: string;
  name: string;
  description: string | null;
  /** Titles of graphs; the values are kept for clients that store properties there. */
  graphs: Record<string, string>;
}

export interface TestGraphs {
  graphs: Graph[];
  releases_filters: string[];
  graph_views: GraphView[];
}

export const testGraphs = (testId: string, startDate: string, endDate: string, tableNames: readonly string[] = []): Promise<TestGraphs> =>
  get("/api/v1/test-results", { testId, startDate, endDate, tableNames });
export const createGraphView = (testId: string, name: string, description: string): Promise<GraphView> => post("/api/v1/create-graph-view", { testId, name, description });
export const updateGraphView = (view: GraphView): Promise<GraphView> =>
  post("/api/v1/update-graph-view", { testId: view.test_id, id: view.id, name: view.name, description: view.description ?? "", graphs: view.graphs });

export interface ViewGraphs {
  tests: Record<string, (Omit<GraphView, "graphs" | "test_id"> & { graphs: Graph[] })[]>;
  names: Record<string, string>;
}

export async function graphsOfView(view_id: string, start_date: string, end_date: string): Promise<ViewGraphs> {
  const envelope = (await requestEnvelope("GET", "/api/v1/views/widgets/graphs/graph_views", { view_id, start_date, end_date })) as {
    response?: unknown;
    tests_details?: Record<string, { name: string }>;
  };
  const names = Object.entries(envelope.tests_details ?? {}).map(([id, test]) => [id, test.name]);
  return { tests: (envelope.response ?? {}) as ViewGraphs["tests"], names: Object.fromEntries(names) as Record<string, string> };
}
