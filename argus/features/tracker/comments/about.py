"""What a comment is about: an event, a nemesis or a cell of the results of its run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from argus.kit.errors import DataValidationError

KINDS = ("event", "nemesis", "cell")
LONGEST_REF = 500  # characters
LONGEST_LABEL = 200


class About(TypedDict):
    """A part of a run: `ref` names it for programs, `label` for people."""

    kind: str
    ref: str
    label: str


def about_of(value: Any) -> About | None:
    """What a caller says that a comment is about.

    Raises:
        DataValidationError: no kind of part, no name of one, or too long a text.
    """
    if value is None:
        return None
    if not isinstance(value, Mapping) or value.get("kind") not in KINDS:
        raise DataValidationError(f"about must name one of {', '.join(KINDS)} as its kind")
    ref, label = value.get("ref"), value.get("label", "")
    if not isinstance(ref, str) or not 0 < len(ref) <= LONGEST_REF:
        raise DataValidationError(f"about must have a ref of 1 to {LONGEST_REF} characters")
    if not isinstance(label, str) or len(label) > LONGEST_LABEL:
        raise DataValidationError(f"the label of about has at most {LONGEST_LABEL} characters")
    return {"kind": value["kind"], "ref": ref, "label": label}
