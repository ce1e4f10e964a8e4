"""What the frontend can do, feature by feature; each has a journey here (tests/docs/test_journeys.py)."""

from __future__ import annotations

import pytest

SCREENS = {
    "shell": "navigation bar, theme, skip link, messages of the server",
    "toasts": "messages with Undo, and errors that can be read again",
    "bell": "the number of unread notifications follows what is read",
    "login": "login, and a login that expired in the middle of work",
    "workspace tree": "releases, groups and tests with counts, build strips and ages",
    "workspace search": "words in any order, chosen by keys",
    "open many": "all hits, all tests of a group, a release as a whole",
    "runs of a test": "table, strip, older runs",
    "runs in place": "several runs of a test beside each other",
    "ignore runs": "ignored with a reason",
    "set plugin": "a run of an unknown type gets one; the raw document",
    "jenkins": "build, configure and clone a job",
    "share a selection": "what is open stands in the address",
    "run header": "status, investigation, assignee",
    "run facts": "why it failed, what changed since the last that passed",
    "run commands": "rebuild, restore monitoring, remove what was left behind",
    "stress commands": "what loaded the cluster",
    "run configuration": "settings by dotted key, searched and linked to",
    "gemini and performance": "results of gemini, best and last of each version",
    "screenshots": "shown over the page",
    "resources": "machines of a run, records on a phone",
    "packages": "packages of a run",
    "junit": "cases of a run",
    "result tables": "tables of results, levels, Markdown",
    "result graphs": "results over builds, named views, a column leads to its history",
    "events": "severities, text, repeated ones folded",
    "nemesis timeline": "events over time below the nemeses",
    "issue of an event": "an event with its issue",
    "similar events": "where an event was seen before",
    "legacy events": "events from before there was a store of them",
    "nemesis table": "nemeses with the reason of a failure",
    "logs": "sizes, all at once, a link more",
    "discussion": "written, edited, quoted, deleted; drafts",
    "comment editor": "toolbar, preview, people offered, lists of tasks",
    "issues of a run": "narrowed, copied, those of the whole test, a new one",
    "activity": "who did what to a run",
    "driver matrix": "drivers with their cases",
    "sirenada": "cases, screenshots, request files, issue template",
    "pytest": "cases, fields, markers",
    "release list": "releases and how they stand",
    "release dashboard": "tests by group, narrowed by version, in the columns that one wants",
    "dashboard filters": "image, backend, assignee, versions, runs without one",
    "investigate selected": "quick selections, many runs at once",
    "statistics bar": "statuses and investigation",
    "release issues": "issues and activity of a release",
    "planned assignees": "who is planned where nobody is assigned",
    "view list": "views, those of plans, favourites",
    "view board": "the test dashboard of a view",
    "view widgets": "every widget shows what the server knows",
    "view editor": "made, changed, deleted",
    "plans": "plans of a release",
    "plan editor": "made, changed, copied, completed, deleted",
    "plan page": "who does what, on the version that is planned",
    "my jobs": "counters, by release and version, changed in place",
    "notifications": "by run, answered with a quote",
    "teams": "members, name, message of the day, jobs",
    "profile": "profile and registration",
    "admin users": "role, address, password, deletion",
    "admin catalogue": "releases, groups and tests edited, moved, deleted",
    "ssh tunnel": "the tunnel's host and keys",
    "retired schedules": "old pages say where to go",
    "console": "the migration console",
}
"""Screens and what they hold."""

EVERYWHERE = {
    "odd texts": "quotation marks, backslashes and markup break no page",
    "made is shown": "what is created is there without a reload",
    "live": "what others write appears by itself",
    "ages": "how old it is; new runs wait behind a button",
    "hidden tabs": "a hidden tab asks for nothing",
    "one request": "a page asks once for what it shows",
    "quick pages": "the next page is fetched before it is wanted",
    "undo": "a slip is taken back and leaves no trace",
    "one search": "Ctrl K finds everything",
    "where am I": "breadcrumb with the neighbours of each level, title and icon say it",
    "addresses": "all that is chosen stands in the address",
    "back": "Back goes where one came from",
    "neighbours": "older, newer, compared with another",
    "my day": "what waits for me, then the releases that I follow",
    "density": "one line a test, passed ones folded",
    "labelled chips": "numbers with names, which filter",
    "quiet": "one accent, colour for status alone",
    "tabs with counts": "one line on top, tabs say how much is in them",
    "charts": "real axis, limits, shared pointer, taken along",
    "empty states": "why it is empty and what comes next",
    "waiting": "skeletons, an end to waiting, try again",
    "plain errors": "a sentence and a trace id",
    "named controls": "every control has a name and works by keys",
    "contrast": "4.5:1, shapes beside colours, a palette to choose",
    "dialogs": "keep and give back the focus",
    "headings": "in order, landmarks, skip link",
    "shortcuts": "keys, and a list of them",
    "phone": "records instead of cut tables, nothing sideways",
    "many at once": "status, assignee, issue, comment for all that is chosen",
    "evidence": "comments on an event, reactions, pictures",
    "told well": "notifications by run, filtered, put off",
    "seen before": "repeated failures say so by themselves",
    "release room": "what was said and decided about a release, in one column",
}
"""What holds over the screens."""

FEATURES = SCREENS | EVERYWHERE


def shows(*features: str) -> pytest.MarkDecorator:
    """Mark a journey with the features that it goes through.

    Raises:
        LookupError: there is no such feature.
    """
    if unknown := set(features) - FEATURES.keys():
        raise LookupError(f"no such feature: {', '.join(sorted(unknown))}")
    return pytest.mark.shows(*features)
