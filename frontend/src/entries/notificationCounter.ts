/** On every page of somebody logged in: how many notifications are unread. */
import { mount } from "svelte";
import NotificationCounter from "../ui/NotificationCounter.svelte";

const target = document.querySelector("#notificationCounter");
if (target) mount(NotificationCounter, { target });
