/** The list of releases is rendered by the server; each card gets its star, and its status when it comes into view. */
import { mount } from "svelte";
import { roomUrl } from "../lib/url";
import ReleaseStatus from "../pages/ReleaseStatus.svelte";
import FollowStar from "../start/FollowStar.svelte";

const watching = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    watching.unobserve(target);
    const place = target.querySelector(".release-stats");
    const release = target.getAttribute("data-argus-release-name");
    if (place && release) mount(ReleaseStatus, { target: place, props: { release } });
  }
});
for (const card of document.querySelectorAll(".release-card")) {
  watching.observe(card);
  const links = card.parentElement?.querySelector(".release-links");
  const id = links?.getAttribute("data-argus-release-id");
  const title = card.querySelector("h2")?.firstChild?.textContent?.trim() ?? "";
  if (!links?.firstElementChild || !id) continue;
  // what the server renders is a contract: what is ours alone comes by script
  links.firstElementChild.after(roomLink(card.getAttribute("data-argus-release-name") ?? "", title), " ");
  mount(FollowStar, { target: links, anchor: links.firstChild ?? undefined, props: { id, name: title } });
}

function roomLink(name: string, title: string): HTMLAnchorElement {
  const link = document.createElement("a");
  link.className = "btn btn-sm btn-outline-secondary";
  link.href = roomUrl(name);
  link.setAttribute("aria-label", `Room of ${title}`);
  link.textContent = "Room";
  return link;
}
