/** Signs that a change may have and still be sent when its page is gone: browsers take 64 KiB of these, and a sign has 3 bytes at most. */
export const MOST_SIGNS = 20_000;

/** A change outlives its page: whoever clicks and leaves at once has made it. Reads end with whoever wanted them. */
export function lasting(method: string, init: RequestInit): RequestInit {
  const { body } = init;
  const small = body === undefined || (typeof body === "string" && body.length <= MOST_SIGNS);
  return method !== "GET" && small ? { ...init, keepalive: true } : init;
}
