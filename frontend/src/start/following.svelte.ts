/** Which releases I follow: asked for once a page, however many stars it has. */
import { followed, setFollowed } from "../api/following";
import { told } from "../api/client";
import { toast } from "../lib/toasts.svelte";

const store = $state<{ ids: string[] | undefined }>({ ids: undefined });
let asked = false;

/** Nothing while the list is on its way, or cannot be had: then there is no star that could say something wrong. */
export function followedIds(): readonly string[] | undefined {
  if (!asked) {
    asked = true;
    followed().then(
      (releases) => (store.ids = releases.map(({ id }) => id)),
      () => (asked = false),
    );
  }
  return store.ids;
}

/** Shown at once, and taken back when the server refuses. */
export async function toggleFollowed(id: string, name: string): Promise<void> {
  const before = store.ids ?? [];
  const wanted = !before.includes(id);
  store.ids = wanted ? [...before, id] : before.filter((other) => other !== id);
  try {
    store.ids = await setFollowed(id, wanted);
  } catch (error) {
    store.ids = before;
    toast("error", `${name} is ${wanted ? "not followed" : "still followed"}: ${told(error)}`);
  }
}
