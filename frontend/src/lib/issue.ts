/** Issues of GitHub and Jira in one vocabulary. */
import type { Issue } from "../api/types";
import { safeHref } from "./url";

type Named = Partial<Issue>;

export const issueKey = (issue: Named): string => (issue.subtype === "github" ? `${issue.owner ? `${issue.owner}/${issue.repo}` : ""}#${issue.number}` : (issue.key ?? issue.id ?? "issue"));
export const issueTitle = (issue: Named): string => issue.title ?? issue.summary ?? "";
export const issueHref = (issue: Named): string | undefined => safeHref(issue.url ?? issue.permalink);
export const issueDone = (issue: Named): boolean => ["closed", "done", "duplicate", "won't fix"].includes(issue.state?.toLowerCase() ?? "");
export const issueLabels = (issue: Named): string[] => [...new Set((issue.labels ?? []).map((label) => (typeof label === "string" ? label : label.name)))];
