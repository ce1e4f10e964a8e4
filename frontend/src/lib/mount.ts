import { mount, type Component } from "svelte";

/** Replace what is inside the page's mount element by a component; the skeleton that the server may have sent goes. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- an interface is no Record<string, unknown>
export function mountAt<Props extends Record<string, any>>(selector: string, component: Component<Props>, props: NoInfer<Props>): void {
  const target = document.querySelector(selector);
  if (!target) throw new Error(`This page has no element ${selector}`);
  target.replaceChildren();
  mount(component, { target, props });
}
