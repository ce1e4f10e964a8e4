/** The room of a release: everything about it for whoever decides, in one answer. */
import { get, post } from "./client";
import type { Issue } from "./types";

export interface Message {
  /** Rises with each message; 0 before the first. */
  number: number;
  text: string;
  author_id: string | null;
  at: string | null;
}

export interface RoomTest {
  id: string;
  name: string;
  group: string;
  status: string;
  investigation_status: string;
  plugin: string | null;
  run_id: string | null;
  build_number: number | null;
  assignee: string | null;
  started: string | null;
}

/** The first of so many. */
export interface Some<T> {
  count: number;
  items: T[];
}

export interface RoomComment {
  id: string;
  text: string;
  author_id: string | null;
  /** Seconds of the epoch. */
  at: number;
  mentions: string[];
  plugin: string | null;
  run_id: string;
  name: string;
  build_number: number | null;
  status: string;
}

export interface Noted {
  view_id: string;
  index: number;
  /** Seconds of the epoch; with view and index what tells it apart. */
  created_at: number;
  creator_id: string;
  content: string;
  comments_count: number;
  group: string | null;
  assignee_id?: string | null;
  completed?: boolean;
  view: { name: string; title: string };
}

export interface RoomPlan {
  id: string;
  name: string;
  target_version: string | null;
  owner: string | null;
  participants: string[];
  completed: boolean | null;
  ends_at: string | null;
  tests: { total: number; passed: number; failed: number } | null;
}

export interface Room {
  message: Message;
  /** Null of a dormant release, as issues and comments. */
  tests: { counts: Record<string, number>; broken: Some<RoomTest>; mended: Some<RoomTest>; to_open: Some<RoomTest> } | null;
  issues: Some<Partial<Issue> & { tests: number }> | null;
  comments: Some<RoomComment> | null;
  plans: Some<RoomPlan>;
  views: { id: string; name: string; title: string }[];
  highlights: Some<Noted>;
  action_items: Some<Noted> & { done: number };
}

export const roomOf = (release: string, version: string): Promise<Room> => get("/api/v1/release/room", { release, version });
export const writeMessage = (release_id: string, text: string, number: number): Promise<Message> => post("/api/v1/release/room/message", { release_id, text, number });
export const setDone = ({ view_id, index, created_at }: Noted, completed: boolean): Promise<unknown> =>
  post("/api/v1/views/widgets/highlights/set_completed", { view_id, index, created_at, completed });
