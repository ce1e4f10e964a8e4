/** The discussion of a run: comments with what they are about, reactions of people, earlier texts. */
import { ApiError, get, post } from "./client";
import { comments } from "./runs";
import type { Comment } from "./types";

/** A part of a run that a comment is about; `ref` says which one, `label` says so to people. */
export interface About {
  kind: "event" | "nemesis" | "cell";
  ref: string;
  label: string;
}

export interface Sign {
  name: string;
  count: number;
  mine: boolean;
  /** Some of those whose it is. */
  people: string[];
}

export interface Said extends Comment {
  about: About | null;
  edited_at: string | null;
  signs: Sign[];
  /** Somebody else wrote it since one was here last. */
  new: boolean;
}

export interface Discussion {
  comments: Said[];
  /** There are older ones. */
  more: boolean;
  /** The server has nothing beside the comments themselves. */
  plain?: boolean;
}

export interface EarlierText {
  message: string;
  until: string | null;
}

export async function discussion(runId: string): Promise<Discussion> {
  try {
    return await get(`/api/v1/run/${runId}/discussion`);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return onlyComments(await comments(runId));
    throw error;
  }
}

/** Where Flask serves everything there are comments alone. */
const onlyComments = (list: Comment[]): Discussion => ({
  comments: list.map((comment) => ({
    ...comment,
    about: null,
    edited_at: null,
    new: false,
    signs: Object.entries(comment.reactions).map(([name, count]) => ({ name, count, mine: false, people: [] })),
  })),
  more: false,
  plain: true,
});

export const postAbout = (testId: string, runId: string, message: string, about: About): Promise<Discussion> =>
  post(`/api/v1/test/${testId}/run/${runId}/discussion`, { message, about });

/** Put one's own sign there, or take it back; answers all of the comment. */
export const react = (runId: string, commentId: string, name: string, on: boolean): Promise<Sign[]> =>
  post(`/api/v1/run/${runId}/comment/${commentId}/reactions`, { name, on });

/** What a comment said before each edit, the newest first. */
export const earlierTexts = (runId: string, commentId: string): Promise<EarlierText[]> => get(`/api/v1/run/${runId}/comment/${commentId}/texts`);

/** One has seen the discussion up to this comment; null: there was none. */
export const seen = (runId: string, until: string | null): Promise<boolean> => post(`/api/v1/run/${runId}/discussion/seen`, { until });

/** Keep a picture for comments on a run; answers the address that they show it by. */
export async function keepPicture(runId: string, file: File): Promise<string> {
  const form = new FormData();
  form.set("file", file);
  return (await post<{ url: string }>(`/api/v1/run/${runId}/pictures`, form)).url;
}
