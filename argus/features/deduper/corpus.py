"""The events of a subject, gathered text by text: half a million of them in some tens of megabytes."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from argus.features.deduper.texts import normalise, shape

KEPT_MESSAGES = 10_000  # messages of which it is remembered what they say
NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Event:
    """An event, as far as clustering needs it. `ts` is in milliseconds since 1970."""

    run_id: UUID
    severity: str
    ts: int
    event_id: UUID | None
    event_type: str
    node: str
    message: str


@dataclass(frozen=True, slots=True)
class Address:
    """What an event is found by, and the node that it tells of."""

    run_id: UUID
    severity: str
    ts: int
    event_id: UUID | None
    node: str


class _Names:
    """Values, numbered in the order in which they come."""

    def __init__(self) -> None:
        self._numbers: dict[Any, int] = {}
        self.values: list[Any] = []

    def __call__(self, value: Any) -> int:
        number = self._numbers.get(value)
        if number is None:
            number = self._numbers[value] = len(self.values)
            self.values.append(value)
        return number


@dataclass(slots=True)
class Text:
    """A normalised text: of which kind of event, its hash, its shape, how many events have it and which of them is the earliest."""

    kind: int
    digest: bytes
    shape: int
    count: int
    earliest: int

    @property
    def order(self) -> tuple[int, bytes]:
        """Of most events first; ties by the hash, so that no order of input shows."""
        return -self.count, self.digest


class Corpus:
    """The events of a subject, of which each takes some forty bytes beside its text."""

    def __init__(self) -> None:
        self.kinds, self._runs, self._nodes, self.shapes = _Names(), _Names(), _Names(), _Names()
        self.texts: list[Text] = []
        self._by_text: dict[tuple[int, bytes], int] = {}
        self._by_message: dict[tuple[int, str], int] = {}
        self.text_of, self._run, self._node, self._ts = array("I"), array("I"), array("I"), array("q")
        self._ids = bytearray()

    def __len__(self) -> int:
        return len(self._ts)

    def add(self, event: Event) -> None:
        """Take an event in."""
        number = len(self)
        self._run.append(self._runs(event.run_id))
        self._node.append(self._nodes(event.node))
        self._ts.append(event.ts)
        self._ids += (event.event_id or NOBODY).bytes
        text = self.texts[self._known(event, number)]
        text.count += 1
        if self.age(number) < self.age(text.earliest):
            text.earliest = number

    def _known(self, event: Event, number: int) -> int:
        kind = self.kinds((event.severity, event.event_type))
        found = self._by_message.get((kind, event.message))
        if found is None:
            found = self._text_saying(kind, normalise(event.message), number)
            if len(self._by_message) >= KEPT_MESSAGES:
                self._by_message.clear()
            self._by_message[(kind, event.message)] = found
        self.text_of.append(found)
        return found

    def _text_saying(self, kind: int, text: str, number: int) -> int:
        digest = sha256(text.encode("utf-8", "surrogatepass")).digest()
        found = self._by_text.get((kind, digest))
        if found is None:
            found = self._by_text[(kind, digest)] = len(self.texts)
            self.texts.append(Text(kind, digest, self.shapes(shape(text)), 0, number))
        return found

    def age(self, number: int) -> tuple[int, bytes, bytes]:
        """What events are ordered by, the earliest first; the same whatever order they came in."""
        return self._ts[number], self._runs.values[self._run[number]].bytes, bytes(self._ids[16 * number : 16 * number + 16])

    def address(self, number: int) -> Address:
        """Where the event stands that was added as the given one, counted from 0."""
        severity, _ = self.kinds.values[self.texts[self.text_of[number]].kind]
        event_id = UUID(bytes=bytes(self._ids[16 * number : 16 * number + 16]))
        node: str = self._nodes.values[self._node[number]]
        run: UUID = self._runs.values[self._run[number]]
        return Address(run, severity, self._ts[number], None if event_id == NOBODY else event_id, node)
