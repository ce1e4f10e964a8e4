/** The one search. */
import { get } from "./client";

export interface Hit {
  kind: string;
  id: string;
  title: string;
  context: string;
  /** Empty for people, who have no page. */
  address: string;
  status?: string | null;
  start_time?: string | null;
  version?: string | null;
}

export interface HitPage {
  hits: Hit[];
  next: string | null;
}

export const searchAll = (q: string, after: string | null = null): Promise<HitPage> => get("/api/v1/search", { q, limit: 20, after });
