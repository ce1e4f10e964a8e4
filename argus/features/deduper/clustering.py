"""Groups events that say the same thing. Pure: no storage, no clock, no chance (docs/deduper.md#how-events-are-clustered).

The result depends on the set of events alone, never on the order in which they came: texts are placed one after the other, those of
most events first, ties by their hashes. So the first text of a cluster is its representative, every later one is compared with
representatives only, and no chain of small steps leads from one failure to another.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal
from uuid import UUID

from argus.features.deduper.corpus import Address, Corpus, Text

Method = Literal["near", "exact"]
Progress = Callable[[int, int], None]
"""Told what was compared, and of how much."""

TOLD_EVERY = 500  # texts
NODES = 100  # names of nodes that a cluster keeps
SAMPLE = 10  # events that a cluster names


@dataclass(slots=True)
class Cluster:
    """Events that say the same. Times are in milliseconds since 1970."""

    severity: str
    event_type: str
    text_hash: str
    signature: str
    representative: Address
    size: int = 0
    first_seen: int = 0
    last_seen: int = 0
    runs: int = 0
    nodes: list[str] = field(default_factory=list)
    sample: list[Address] = field(default_factory=list)


@dataclass(frozen=True)
class Clusters:
    """The clusters of a corpus, and which event is in which."""

    corpus: Corpus
    clusters: list[Cluster]
    _of_text: array[int]
    _similarity: array[float]

    def members(self) -> Iterator[tuple[int, Address, float]]:
        """Each event once: the number of its cluster, where it stands, how similar it is to the representative."""
        for number, text in enumerate(self.corpus.text_of):
            yield self._of_text[text], self.corpus.address(number), self._similarity[text]


def cluster(corpus: Corpus, threshold: float = 0.85, method: Method = "near", progress: Progress = lambda done, of: None) -> Clusters:
    """What the events say, each thing once.

    Args:
        threshold: the similarity from which on two texts say the same, 0.5 to 1; with 1 only equal texts do.
        method: `exact` groups equal texts and compares nothing.
        progress: told every `TOLD_EVERY` texts.
    """
    exact = method == "exact" or threshold >= 1
    heads, of_text, similarity = _equal(corpus) if exact else _alike(corpus, threshold, progress)
    return _described(corpus, heads, of_text, similarity)


def _equal(corpus: Corpus) -> tuple[list[Text], array[int], array[float]]:
    return list(corpus.texts), array("I", range(len(corpus.texts))), array("d", [1.0]) * len(corpus.texts)


def _alike(corpus: Corpus, threshold: float, progress: Progress) -> tuple[list[Text], array[int], array[float]]:
    from argus.features.deduper.similar import Neighbours  # needs the extra `deduper`, which exact groups do without

    heads: list[Text] = []
    of_text, similarity = array("I", bytes(4 * len(corpus.texts))), array("d", bytes(8 * len(corpus.texts)))
    kinds = [Neighbours(threshold) for _ in corpus.kinds.values]
    heads_of: list[list[int]] = [[] for _ in kinds]
    placed: dict[tuple[int, int], tuple[int, float]] = {}  # texts that differ in numbers only are placed once
    order = sorted(range(len(corpus.texts)), key=lambda number: corpus.texts[number].order)
    for done, number in enumerate(order):
        text = corpus.texts[number]
        at = placed.get((text.kind, text.shape))
        if at is None:
            head, alike = kinds[text.kind].place(corpus.shapes.values[text.shape])
            if head == len(heads_of[text.kind]):
                heads_of[text.kind].append(len(heads))
                heads.append(text)
            at = placed[(text.kind, text.shape)] = heads_of[text.kind][head], alike
        of_text[number], similarity[number] = at
        if done % TOLD_EVERY == 0:
            progress(done, len(order))
    return heads, of_text, similarity


def _described(corpus: Corpus, heads: list[Text], of_text: array[int], similarity: array[float]) -> Clusters:
    clusters = [_headed(corpus, head) for head in heads]
    seen: list[tuple[set[UUID], set[str]]] = [(set(), set()) for _ in heads]
    for number in sorted(range(len(corpus)), key=corpus.age):
        at = of_text[corpus.text_of[number]]
        one, (runs, nodes), event = clusters[at], seen[at], corpus.address(number)
        if one.size == 0:
            one.first_seen = event.ts
        one.size += 1
        one.last_seen = event.ts
        runs.add(event.run_id)
        if event.node and len(nodes) < NODES:
            nodes.add(event.node)
        if len(one.sample) < SAMPLE:
            one.sample.append(event)
    for one, (runs, nodes) in zip(clusters, seen, strict=True):
        one.runs, one.nodes = len(runs), sorted(nodes)
    return Clusters(corpus, clusters, of_text, similarity)


def _headed(corpus: Corpus, head: Text) -> Cluster:
    severity, event_type = corpus.kinds.values[head.kind]
    said = f"{event_type}\n{corpus.shapes.values[head.shape]}"
    signature = sha256(said.encode("utf-8", "surrogatepass")).hexdigest()
    return Cluster(severity, event_type, head.digest.hex(), signature, corpus.address(head.earliest))
