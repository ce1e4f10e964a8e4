/** On every page: the stylesheet, the menu of the navigation bar, the search, and what makes going from page to page quick. */
import "../styles/tokens.css";
import "../styles/base.css";
import "../styles/shell.css";
import "../styles/parts.css";
import { isTyping } from "../lib/keys";
import { keepTyped } from "../lib/typed";
import { fetchAhead } from "../quick/ahead";
import { keepScroll } from "../quick/scroll";

fetchAhead();
keepScroll();

for (const toggler of document.querySelectorAll<HTMLButtonElement>('[data-bs-toggle="collapse"]')) {
  const target = document.querySelector(toggler.dataset.bsTarget ?? "");
  toggler.addEventListener("click", () => {
    const open = target?.classList.toggle("show") ?? false;
    toggler.setAttribute("aria-expanded", String(open));
  });
}

/** The search that is opened from everywhere; its code comes when it is wanted. */
const searches = document.querySelectorAll<HTMLButtonElement>("#search-everywhere, #search-by-thumb");
let fetching = false;
async function openSearch(): Promise<void> {
  if (fetching) return;
  fetching = true;
  const typed = keepTyped();
  try {
    const { openPalette } = await import("../palette/open");
    openPalette(typed());
  } finally {
    typed();
    fetching = false;
  }
}
for (const button of searches) button.addEventListener("click", () => void openSearch());
if (searches.length) {
  addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
    event.preventDefault();
    void openSearch();
  });
  addEventListener("keydown", (event) => {
    if (event.key !== "?" || isTyping(event)) return;
    event.preventDefault();
    void import("../palette/open").then(({ openKeys }) => openKeys());
  });
}

// of the dashboard's globals only the release is read: its page need not bring the lists of all groups and tests along
document.cookie = "argus-lists=none; path=/dashboard; SameSite=Lax";
