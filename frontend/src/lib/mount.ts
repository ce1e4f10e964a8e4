import { mount, type Component } from "svelte";

/** Replace what is inside the page's mount element by a component; the skeleton that the server may have sent goes. */
export function mountAt<Props extends Record<string, unknown>>(selector: string, component: Component<Props>, props: Props): void {
  const target = document.querySelector(selector);
  if (!target) throw new Error(`This page has no element ${selector}`);
  target.replaceChildren();
  mount(component, { target, props });
}
