/** What went wrong, in a plain sentence: the one place where an error of the server becomes words for people. */

/** Errors whose texts are written for whoever reads the page. */
const WRITTEN = new Set([
  "DataValidationError", "PlannerServiceException", "TeamManagerException", "UserServiceException", "UserViewException", "ReleaseManagerException", "ArgusTestException",
  "ServiceBusy", "DeadlineExceeded", "RequestTimeout", "RequestEntityTooLarge", "TooManyAttempts", "TooManyStreams", "ReplayServiceError", "JiraServiceException", "JenkinsServiceError",
]);

/** What kinds of other errors mean, by their names; the first that fits counts. */
const MEANINGS: readonly [RegExp, string][] = [
  [/NotFound|DoesNotExist/, "It is not there, or no longer."],
  [/Forbidden|Permission|Required|Refus|CrossSite/, "You are not allowed to do that."],
  [/NoHost|Unavailable|OperationTimedOut|ReadTimeout|WriteTimeout|Storage|Database|InvalidRequest/, "The database could not do that now. Try again in a moment."],
  [/Jenkins/, "Jenkins did not do what was asked."],
  [/Jira|GitHub|Remote|Connect|HTTP|Request|Email|Deduper|Chat/, "A system that Argus asks did not answer as expected. Try again later."],
  [/^(Value|Key|Type|Attribute|Index|Lookup|Unicode)Error$|Validation|BadRequest|Media|Malformed|Empty/, "The server did not understand what was sent. Reload the page, and check what was entered."],
];

/** Of an answer without an explanation, by its status. */
const STATUSES: Record<number, string> = {
  403: "You are not allowed to do that.",
  404: "It is not there, or no longer.",
  413: "That is more than the server takes at once.",
  429: "That was asked too often. Try again in a moment.",
  502: "The server is not ready. Try again in a moment.",
  503: "The server is busy. Try again in a moment.",
  504: "The server took too long. Try again in a moment.",
};

const UNKNOWN = "The server could not do that.";
/** Of what failed in the page itself. */
export const OF_THE_PAGE = "This page could not do that. Reload it.";

/**
 * @param kind the class of the error, as the server names it
 * @param text what it says, kept only where it is meant to be read
 */
export function sentenceOf(status: number, kind?: string, text?: string): string {
  if (!kind) return STATUSES[status] ?? UNKNOWN;
  if (WRITTEN.has(kind) && text) return /[.!?]$/.test(text) ? capital(text) : `${capital(text)}.`;
  return MEANINGS.find(([names]) => names.test(kind))?.[1] ?? UNKNOWN;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
