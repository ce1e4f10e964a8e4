import { mountAt } from "../lib/mount";
import ApiKeys from "../settings/ApiKeys.svelte";

mountAt("#apiKeysContainer", ApiKeys, {});
