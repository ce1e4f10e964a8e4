/** On every page: messages over it, beginning with those that the server flashed. */
import { mountAt } from "../lib/mount";
import { pageGlobal } from "../lib/page";
import { toast } from "../lib/toasts.svelte";
import Toasts from "../ui/Toasts.svelte";

mountAt("#argusErrors", Toasts, {});
// nobody has done anything wrong by opening a page before logging in: the login page says what comes next
const ASKED_TO_LOG_IN = "Unauthorized, please login";
for (const [category, message] of pageGlobal<[string, string][]>("globalFlashes", [])) if (message !== ASKED_TO_LOG_IN) toast(category, message);
