/**
 * The page behind a link is fetched before it is wanted: links are marked, and the page's speculation rules (templates/base.html.j2)
 * fetch what is marked. The server refuses whatever would change something (argus/web/ahead.py).
 */

/** Of one page, so that somebody who reads a long list with the pointer does not ask for all of it. */
export const MOST = 20;
/** How long a link is pointed at before that counts: a pointer that passes by means nothing. */
export const WAIT_MS = 80;

/** Pages whose HTML holds nothing that may change: what they show they ask for when they are opened. */
const SHELLS = /^\/(workspace|run_dashboard|test_runs|test_run\/.+|test\/.+|tests\/.+|dashboard\/.+|release\/.+\/room|profile\/jobs|notifications\/|teams\/|artifacts(\/jobs)?)$/;
/** Pages whose HTML holds what they show: fetched when the link is pressed, so that it is not older than that. */
const WHOLE = /^\/(releases|views|view\/.+|plan\/.+|release\/.+\/planner)$/;

type When = "pointed" | "pressed";

/** When the page behind a link may be fetched: none of what changes something, is a file, or is somewhere else. */
export function whenOf(link: HTMLAnchorElement): When | undefined {
  if (!link.href || link.hasAttribute("download") || (link.target && link.target !== "_self") || link.origin !== location.origin) return undefined;
  if (link.pathname === location.pathname && link.search === location.search) return undefined; // a place on this page
  return SHELLS.test(link.pathname) ? "pointed" : WHOLE.test(link.pathname) ? "pressed" : undefined;
}

interface Connection {
  saveData?: boolean;
  effectiveType?: string;
}

/** Whether somebody pays for every byte, or waits long for it. */
export function saves(connection: Connection | undefined = (navigator as Navigator & { connection?: Connection }).connection): boolean {
  return connection?.saveData === true || /2g$/.test(connection?.effectiveType ?? "");
}

/** Mark links as they are pointed at, focused or pressed. Answers what ends it. */
export function fetchAhead(root: Document = document): () => void {
  const marked = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const linkOf = (event: Event): HTMLAnchorElement | undefined => (event.target instanceof Element ? (event.target.closest<HTMLAnchorElement>("a[href]") ?? undefined) : undefined);

  function mark(link: HTMLAnchorElement): void {
    if (marked.has(link.href) || marked.size >= MOST || saves()) return;
    marked.add(link.href);
    link.dataset.ahead = "";
  }

  function near(event: Event): void {
    clearTimeout(timer);
    const link = linkOf(event);
    if (link && whenOf(link) === "pointed") timer = setTimeout(() => mark(link), WAIT_MS);
  }

  function press(event: Event): void {
    const link = linkOf(event);
    if (link && whenOf(link)) mark(link);
  }

  root.addEventListener("pointerover", near);
  root.addEventListener("focusin", near);
  root.addEventListener("pointerdown", press);
  return () => {
    clearTimeout(timer);
    root.removeEventListener("pointerover", near);
    root.removeEventListener("focusin", near);
    root.removeEventListener("pointerdown", press);
  };
}
