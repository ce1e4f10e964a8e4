import { mountAt } from "../lib/mount";
import NotificationSettings from "../pages/NotificationSettings.svelte";

mountAt("#notificationSettings", NotificationSettings, {});
