/** The list of releases is rendered by the server; there is nothing to add to it. */
export {};
