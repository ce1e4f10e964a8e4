/** Releases that I follow. */
import { get, post } from "./client";

export interface Followed {
  id: string;
  name: string;
  pretty_name: string | null;
  dormant: boolean;
}

export interface Standing extends Followed {
  /** Tests by status, and `total`; null of a dormant release. */
  counts: Record<string, number> | null;
  /** Failed, and nobody has looked. */
  to_open: number;
}

const API = "/api/v1/following";

export const followed = (): Promise<Followed[]> => get(API);
export const standings = (limit: number): Promise<{ releases: Standing[]; total: number }> => get(`${API}/standing`, { limit });
/** Answers the ids of all releases that are followed then. */
export const setFollowed = (release_id: string, wanted: boolean): Promise<string[]> => post(`${API}/${wanted ? "follow" : "unfollow"}`, { release_id });
