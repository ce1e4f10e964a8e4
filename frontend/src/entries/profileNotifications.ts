import { mountAt } from "../lib/mount";
import Notifications from "../pages/Notifications.svelte";

mountAt("#notificationsContainer", Notifications, {});
