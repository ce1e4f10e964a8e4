/** The list of releases is rendered by the server; each card gets its star, and its status when it comes into view. */
import { mount } from "svelte";
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
  const id = card.getAttribute("data-argus-release-id");
  const name = card.querySelector("h2")?.firstChild?.textContent?.trim() ?? "";
  if (links?.firstChild && id) mount(FollowStar, { target: links, anchor: links.firstChild, props: { id, name } });
}
