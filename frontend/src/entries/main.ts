/** On every page: the stylesheet and the menu of the navigation bar. */
import "../styles/tokens.css";
import "../styles/base.css";
import "../styles/shell.css";
import "../styles/parts.css";

for (const toggler of document.querySelectorAll<HTMLButtonElement>('[data-bs-toggle="collapse"]')) {
  const target = document.querySelector(toggler.dataset.bsTarget ?? "");
  toggler.addEventListener("click", () => {
    const open = target?.classList.toggle("show") ?? false;
    toggler.setAttribute("aria-expanded", String(open));
  });
}
