import { mountAt } from "../lib/mount";
import Login from "../pages/Login.svelte";

mountAt("#loginContainer", Login, {});
