"""Which of the texts seen so far is most like another, without comparing all of them: MinHash-LSH proposes, the Indel similarity decides.

datasketch and RapidFuzz belong to the extra `deduper`; this module is imported by the program that clusters, never by a server.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import cast

from datasketch import MinHash, MinHashLSH
from rapidfuzz.distance import Indel

from argus.features.deduper.texts import SHORT, words

PERMUTATIONS = 128
SEED = 1
BANDS = (32, 4)  # what datasketch computes for a Jaccard similarity of 0.5 where a text missed weighs nine times one proposed in vain
CROWD = 256  # texts that are looked at for one; further ones of a neighbourhood as crowded as this are not looked for

_empty = MinHash(num_perm=PERMUTATIONS, seed=SEED, hashfunc=zlib.crc32)


def similarity(one: Sequence[str], other: Sequence[str], threshold: float = 0.0) -> float:
    """The share of what two texts have in common, in order: 2 · longest common subsequence / sum of the lengths; 0 below the threshold."""
    return Indel.normalized_similarity(one, other, score_cutoff=threshold)


class Neighbours:
    """Texts that can be asked for the one most like another.

    However many texts are alike without being the same, finding one costs no more than `CROWD` comparisons.
    """

    def __init__(self, threshold: float) -> None:
        """Args:
        threshold: the similarity (0 to 1) from which on texts count as the same.
        """
        self._threshold = threshold
        self._index = MinHashLSH(num_perm=PERMUTATIONS, params=BANDS)
        self._known: list[list[str]] = []

    def place(self, text: str) -> tuple[int, float]:
        """The number of the text, counted from 0 in the order of placing, that this one is the same as, and how similar it is.

        One that is like none before becomes a text of its own: with the next number, and similarity 1. Of several equally similar
        ones it is the earliest.
        """
        parts = words(text)
        sketch = _sketch(parts, text.count(" ") + 1 < SHORT)
        near = sorted(cast("list[int]", self._index.query(sketch)))[:CROWD]
        best, score = -1, 0.0
        for number in near:
            alike = similarity(parts, self._known[number], max(self._threshold, score))
            if alike > score:
                best, score = number, alike
        if best >= 0:
            return best, score
        self._known.append(parts)
        if len(near) < CROWD:
            self._index.insert(len(self._known) - 1, sketch)
        return len(self._known) - 1, 1.0


def _sketch(parts: list[str], characters: bool) -> MinHash:
    """Short texts, which are compared by characters, share no shingle with others."""
    mark = "\0" if characters else ""
    shingles = {mark + " ".join(parts[at : at + 3]) for at in range(max(1, len(parts) - 2))}
    sketch = _empty.copy()
    sketch.update_batch([shingle.encode("utf-8", "surrogatepass") for shingle in shingles])
    return sketch
