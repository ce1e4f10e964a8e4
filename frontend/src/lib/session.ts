/** What happens when the login has expired while somebody works: one dialog, however many requests noticed it. */
import { mount, unmount } from "svelte";

let waiting: Promise<void> | undefined;

/** Resolves once the user has logged in again. */
export function loginAgain(): Promise<void> {
  waiting ??= openDialog().finally(() => {
    waiting = undefined;
  });
  return waiting;
}

async function openDialog(): Promise<void> {
  const { default: LoginAgain } = await import("../ui/LoginAgain.svelte");
  await new Promise<void>((resolve) => {
    const dialog = mount(LoginAgain, { target: document.body, props: { done: finish } });
    function finish(): void {
      void unmount(dialog);
      resolve();
    }
  });
}
