"""Overrides and entries of the journal as texts, as a database of whatever kind keeps them."""

from __future__ import annotations

import json
from datetime import datetime
from uuid import UUID

from strangler.state import Entry, Override

NAMES = ("subject", "owner", "percent", "basis", "who", "why")


def text_of_override(override: Override) -> str:
    """The same text for the same override, whoever makes it: a change may be made under the condition that it stands."""
    return json.dumps({**{name: getattr(override, name) for name in NAMES}, "at": override.at.isoformat()})


def override_of(text: str) -> Override:
    """The override of a text."""
    fields = json.loads(text)
    return Override(**{**fields, "percent": float(fields["percent"]), "at": datetime.fromisoformat(fields["at"])})


def text_of_entry(entry: Entry) -> str:
    """An entry as a text."""
    return json.dumps(entry.as_dict())


def entry_of(text: str) -> Entry:
    """The entry of a text."""
    fields = json.loads(text)
    return Entry(**{**fields, "at": datetime.fromisoformat(fields["at"]), "id": UUID(fields["id"])})
