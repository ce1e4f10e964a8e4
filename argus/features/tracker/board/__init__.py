"""A release's statistics as its dashboard reads them: everything to count and sort by at once, tests themselves by pages."""
