/** On every page: messages over it, beginning with those that the server flashed. */
import { mountAt } from "../lib/mount";
import { pageGlobal } from "../lib/page";
import { toast } from "../lib/toasts.svelte";
import Toasts from "../ui/Toasts.svelte";

mountAt("#argusErrors", Toasts, {});
for (const [category, message] of pageGlobal<[string, string][]>("globalFlashes", [])) toast(category, message);
