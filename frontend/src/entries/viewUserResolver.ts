/** Names in place of user ids: every `span.view-creator` says whose with `data-argus-view-creator`. */
import { mount } from "svelte";
import UserName from "../ui/UserName.svelte";

for (const target of document.querySelectorAll<HTMLElement>("span.view-creator")) mount(UserName, { target, props: { id: target.dataset.argusViewCreator ?? null } });
