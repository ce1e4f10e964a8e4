/** What stands beside a release, a group or a test: where a menu of the breadcrumb leads. */
import { displayName, groups, releases, tests } from "../api/catalogue";
import { dashboardUrl, groupUrl } from "../lib/url";

export interface Sibling {
  id: string;
  name: string;
  href: string;
}

interface Named {
  id: string;
  name: string;
  pretty_name: string | null;
  enabled: boolean;
}

/** Those that are switched on, by name. */
function listed<T extends Named>(found: readonly T[], href: (one: T) => string): Sibling[] {
  const shown = found.filter((one) => one.enabled).map((one) => ({ id: one.id, name: displayName(one), href: href(one) }));
  return shown.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
}

export const otherReleases = async (): Promise<Sibling[]> => listed(await releases(), (one) => dashboardUrl(one.name));
export const otherGroups = async (releaseId: string): Promise<Sibling[]> => listed(await groups(releaseId), (one) => groupUrl(releaseId, one.id));
export const otherTests = async (groupId: string): Promise<Sibling[]> => listed(await tests(groupId), (one) => `/test/${one.id}/runs`);
