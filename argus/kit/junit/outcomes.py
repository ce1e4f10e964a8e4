"""What became of a case: from the elements inside it, in whatever order, and from its attributes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from argus.kit.junit.values import outcome_of_attributes

SKIPS = ("skipped", "ignored", "skip", "pending", "incomplete")
PRECEDENCE = (
    (("failure", "error"), None),
    (("rerunFailure",), "failure"),
    (("rerunError",), "error"),
    (SKIPS, "skipped"),
    (("disabled",), "disabled"),
    (("flakyFailure", "flakyError"), "passed"),  # it failed first, and passed when it was tried again
)
"""Elements that say what became of a case, the strongest first, and the status that they give (None: that of their name).
All others (properties, outputs, attachments) stand beside it."""

TELLING = frozenset(tag for tags, _ in PRECEDENCE for tag in tags)
OUTPUT = "system-out"

Child = tuple[str, Mapping[str, str]]


def outcome_of(given: Mapping[str, str], children: Sequence[Child]) -> tuple[str, str]:
    """Status and message of a case.

    Args:
        given: its attributes.
        children: the elements directly inside it, with theirs.
    """
    said = outcome_of_attributes(given)
    for tags, status in PRECEDENCE:
        found = [(tag, attributes) for tag, attributes in children if tag in tags]
        if found:
            told = "\n".join(dict.fromkeys(_message(attributes) for _, attributes in found))
            weaker = status == "passed" and said is not None
            return (said if weaker and said else status or found[0][0]), told
    if said is None and len(children) == 1 and children[0][0] == OUTPUT and "classname" not in given:
        # recorded so: writers that name no class put into the output why a test says nothing else
        return OUTPUT, _message(children[0][1])
    return said or "passed", ""


def _message(attributes: Mapping[str, str]) -> str:
    return f"{attributes.get('message', 'no-message')} ({attributes.get('type', 'no-type')})"
