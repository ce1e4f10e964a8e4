/** Demo data on an empty installation. */
import { get, post } from "./client";

export interface Loading {
  state: "none" | "loading" | "loaded" | "stopped";
  /** Calls of the story that were played, and how many there are. */
  played: number;
  total: number;
  /** Why it stopped. */
  problem: string;
}

export interface Begun extends Loading {
  people: { username: string; full_name: string; admin: boolean }[];
  /** Of each of them; told once. */
  password: string;
}

export const demoState = (): Promise<Loading> => get("/admin/api/v1/demo");
export const loadDemo = (): Promise<Begun> => post("/admin/api/v1/demo/load");
