"""A submitted form, the same on both lanes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from argus.kit.errors import BadForm


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a form, as the browser sent it."""

    filename: str
    content_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Form:
    """Fields by name (the last one of a name counts), files by name."""

    fields: Mapping[str, str]
    files: Mapping[str, Upload] = field(default_factory=dict)

    def need(self, name: str) -> str:
        """A field that must be there.

        Raises:
            BadForm: it is not; a page answers 400.
        """
        if name not in self.fields:
            raise BadForm(f"The form field {name} is missing")
        return self.fields[name]

    def get(self, name: str) -> str:
        """A field, empty when it is missing."""
        return self.fields.get(name, "")
