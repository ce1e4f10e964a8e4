/**
 * The one way to the server: unwraps the envelope `{status, response}`, turns every failure into an ApiError, and when the
 * login has expired waits for a new one and repeats the request, so that nothing somebody typed is lost.
 */
import { loginAgain } from "../lib/session";
import { OF_THE_PAGE, sentenceOf } from "../lib/words";
import { lasting } from "./lasting";

export const TIMEOUT_MS = 15_000;

export type Query = Record<string, string | number | boolean | readonly string[] | null | undefined>;

interface Failure {
  status: number;
  exception?: string | undefined;
  traceId?: string | undefined;
  /** What the error itself says: for code that tells errors apart, never shown. */
  said?: string | undefined;
}

/** A request that did not give an answer; `message` is fit to be shown. */
export class ApiError extends Error {
  readonly status: number;
  readonly exception: string | undefined;
  readonly traceId: string | undefined;
  readonly said: string | undefined;

  constructor(message: string, failure: Failure) {
    super(message);
    this.name = "ApiError";
    this.status = failure.status;
    this.exception = failure.exception;
    this.traceId = failure.traceId;
    this.said = failure.said;
  }
}

/** Whatever was thrown, as what can be shown. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  console.error(error);
  return new ApiError(OF_THE_PAGE, { status: 0 });
}

/** What failed, in a sentence, with the beginning of the trace id that the server's log has, too. */
export function told(error: unknown): string {
  const { message, traceId } = asApiError(error);
  return traceId ? `${message} (trace ${traceId.slice(0, 12)})` : message;
}

interface ErrorBody {
  trace_id?: string;
  exception?: string;
  message?: string;
  arguments?: unknown[];
}

export interface Envelope {
  status: string;
  message?: string;
  response?: unknown;
}

/** Path with its query: unset values left out, booleans as 0 and 1, lists as repeated `name[]`. */
export function urlOf(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === null || value === undefined || value === "") continue;
    if (typeof value === "object") for (const item of value) search.append(`${name}[]`, item);
    else search.append(name, typeof value === "boolean" ? (value ? "1" : "0") : String(value));
  }
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}

/** JSON as the server writes it: a bare NaN or Infinity is possible among results and reads as null. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // texts are matched first and stay as they are: people write "NaN" in them
    const repaired = text.replace(/"(?:[^"\\]|\\.)*"|NaN|-?Infinity/g, (found) => (found.startsWith('"') ? found : "null"));
    if (repaired === text) throw error;
    return JSON.parse(repaired);
  }
}

function errorOf(status: number, body: Envelope | undefined): ApiError {
  const detail = (body?.response ?? {}) as ErrorBody | string;
  if (typeof detail === "string") return new ApiError(sentenceOf(status), { status, said: detail });
  const first = detail.arguments?.[0];
  const said = (typeof first === "string" && first) || detail.message || body?.message;
  return new ApiError(sentenceOf(status, detail.exception, said), { status, exception: detail.exception, traceId: detail.trace_id, said });
}

async function send(method: string, url: string, body: unknown): Promise<{ status: number; body: Envelope | undefined }> {
  const init: RequestInit = { method, credentials: "same-origin", cache: "no-cache", signal: AbortSignal.timeout(TIMEOUT_MS), headers: { Accept: "application/json" } };
  if (body instanceof FormData) init.body = body;
  else if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { Accept: "application/json", "Content-Type": "application/json" };
  }
  try {
    const answer = await fetch(url, lasting(method, init));
    const text = await answer.text();
    const json = (answer.headers.get("Content-Type") ?? "").startsWith("application/json");
    return { status: answer.status, body: json ? (parseJson(text) as Envelope) : undefined };
  } catch (error) {
    const timeout = error instanceof DOMException && error.name === "TimeoutError";
    throw new ApiError(timeout ? `No answer within ${TIMEOUT_MS / 1000} seconds.` : "The server cannot be reached.", { status: 0 });
  }
}

/** The whole envelope of a request, for the few routes that answer beside `response`. */
export async function requestEnvelope(method: string, path: string, query?: Query, body?: unknown): Promise<Envelope> {
  const url = urlOf(path, query);
  let answer = await send(method, url, body);
  if (answer.status === 403 && answer.body?.message === "Authorization required") {
    await loginAgain();
    answer = await send(method, url, body);
  }
  if (answer.body?.status !== "ok") throw errorOf(answer.status, answer.body);
  return answer.body;
}

export async function get<T>(path: string, query?: Query): Promise<T> {
  return (await requestEnvelope("GET", path, query)).response as T;
}

export async function post<T>(path: string, body: unknown = {}): Promise<T> {
  return (await requestEnvelope("POST", path, undefined, body)).response as T;
}

export async function remove<T>(path: string, query?: Query): Promise<T> {
  return (await requestEnvelope("DELETE", path, query)).response as T;
}
