/** The number of unread notifications, known to every tab of this browser: whoever changes it tells the bells. */

const CHANNEL = "argus_notifications";
/** Said when the number has to be asked for anew. */
export const STALE = "stale";

/** Something was read: every bell, also that of this tab, asks again. */
export function tellBells(): void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage(STALE);
  channel.close();
}

export const bells = (): BroadcastChannel => new BroadcastChannel(CHANNEL);
