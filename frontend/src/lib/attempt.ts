/** Writes that a click starts: what failed is said over the page. */
import { told } from "../api/client";
import { toast } from "./toasts.svelte";

/** True when `task` was done. */
export async function attempt(task: () => Promise<unknown>): Promise<boolean> {
  try {
    await task();
    return true;
  } catch (error) {
    toast("error", told(error));
    return false;
  }
}
