"""The fixed bodies of this folder's routes: no key missing, none beyond. The class names are in error messages.

Contract: docs/contract/views.md#highlights-and-action-items.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from argus.kit.errors import foreseen
from argus.kit.parse import epoch_of, int_of, uuid_of

Number = float | int | str


@dataclass
class _Place:
    """A widget of a view."""

    view_id: str
    index: int | str

    def __post_init__(self) -> None:
        self.view: UUID = uuid_of(self.view_id)
        self.position: int = int_of(self.index)


@dataclass
class HighlightCreate(_Place):
    content: str
    is_task: bool
    group: str | None = None


@dataclass
class HighlightGroupCreate(_Place):
    name: str
    items: list[str]


@dataclass
class _Highlight(_Place):
    """A highlight, by the time of its creation."""

    created_at: Number

    def __post_init__(self) -> None:
        super().__post_init__()
        self.at: datetime = epoch_of(self.created_at)


@dataclass
class HighlightArchive(_Highlight):
    pass


@dataclass
class HighlightUpdate(_Highlight):
    content: str


@dataclass
class HighlightSetAssignee(_Highlight):
    assignee_id: str | None = None


@dataclass
class HighlightSetCompleted(_Highlight):
    completed: bool


@dataclass
class _Discussion(_Place):
    """The comments of a highlight."""

    highlight_created_at: Number

    def __post_init__(self) -> None:
        super().__post_init__()
        self.highlight: datetime = epoch_of(self.highlight_created_at)


def _check_text(content: object) -> None:
    """A comment is stored as it is; what is no text is refused before.

    Raises:
        TypeError
    """
    if not isinstance(content, str):
        raise foreseen(TypeError(f"expected string or bytes-like object, got '{type(content).__name__}'"))


@dataclass
class CommentCreate(_Discussion):
    content: str

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_text(self.content)


@dataclass
class _Comment(_Discussion):
    created_at: Number

    def __post_init__(self) -> None:
        super().__post_init__()
        self.at: datetime = epoch_of(self.created_at)


@dataclass
class CommentUpdate(_Comment):
    content: str

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_text(self.content)


@dataclass
class CommentDelete(_Comment):
    pass
