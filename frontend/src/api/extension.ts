/** Routes that answer with real statuses and plain JSON (docs/platform.md): one way to call them, errors as everywhere. */
import { loginAgain } from "../lib/session";
import { ApiError, TIMEOUT_MS, urlOf, type Query } from "./client";
import { lasting } from "./lasting";

export interface Listed<T> {
  items: T[];
  next_cursor: string | null;
}

interface Refusal {
  detail?: string;
  code?: string;
  request_id?: string;
  errors?: { loc?: (string | number)[]; msg?: string }[];
}

export interface Call {
  query?: Query;
  body?: unknown;
  workspace?: string | undefined;
}

/** What a refusal says, with the fields that it is about. */
export function refusalOf(status: number, text: string): ApiError {
  let body: Refusal = {};
  try {
    body = JSON.parse(text) as Refusal;
  } catch {
    // no JSON: the status says it
  }
  const fields = (body.errors ?? []).slice(0, 3).map((error) => `${(error.loc ?? []).slice(1).join(" › ")}: ${error.msg ?? ""}`);
  const message = [body.detail ?? `The server answered ${status}.`, ...fields].join(" ");
  return new ApiError(message, { status, exception: body.code, traceId: body.request_id });
}

async function once(method: string, path: string, call: Call): Promise<{ status: number; text: string }> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (call.workspace) headers["X-Workspace-ID"] = call.workspace;
  const init: RequestInit = { method, credentials: "same-origin", signal: AbortSignal.timeout(TIMEOUT_MS), headers };
  if (call.body !== undefined) {
    init.body = JSON.stringify(call.body);
    headers["Content-Type"] = "application/json";
  }
  try {
    const answer = await fetch(urlOf(path, call.query), lasting(method, init));
    return { status: answer.status, text: await answer.text() };
  } catch (error) {
    const timeout = error instanceof DOMException && error.name === "TimeoutError";
    throw new ApiError(timeout ? `No answer within ${TIMEOUT_MS / 1000} seconds.` : "The server cannot be reached.", { status: 0 });
  }
}

/** The answer of a route; when the login has expired it is asked for, and the request repeated. */
export async function ask<T>(method: string, path: string, call: Call = {}): Promise<T> {
  let answer = await once(method, path, call);
  if (answer.status === 401) {
    await loginAgain();
    answer = await once(method, path, call);
  }
  if (answer.status >= 400) throw refusalOf(answer.status, answer.text);
  return (answer.text ? JSON.parse(answer.text) : undefined) as T;
}
