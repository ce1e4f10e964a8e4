"""Text as a vector, so that near-equal texts are near each other: a sentence model where one is configured, else one built in."""

from __future__ import annotations

import logging
import math
import zlib
from array import array
from functools import cache
from importlib import import_module
from operator import mul
from pathlib import Path
from typing import Any, Protocol

log = logging.getLogger("argus.embedder")

SIZE = 384
TOKENS = 256  # of a text; what follows does not count
CHARACTERS = 4000  # the same bound, for the embedder that knows no tokens


class Embedder(Protocol):
    """Texts in, unit vectors of 384 floats out. It computes: call it in a thread."""

    def embed(self, text: str) -> array[float]:
        """The vector of a text that is not blank."""


class NgramEmbedder:
    """Counts of words and of their parts of three to five characters, hashed into 384 places with a sign each.

    Needs no model and no download, gives the same vector for the same text everywhere, and knows nothing of meaning: texts are near each
    other when they share most of their wording, which sanitised failure messages do.
    """

    SHORTEST, LONGEST = 3, 5

    def embed(self, text: str) -> array[float]:
        """The vector of a text."""
        counts: dict[int, int] = {}
        for word in text[:CHARACTERS].lower().split():
            framed = f"^{word}$".encode()
            for size in (len(framed), *range(self.SHORTEST, self.LONGEST + 1)):
                for start in range(len(framed) - size + 1):
                    part = zlib.crc32(framed[start : start + size])
                    counts[part] = counts.get(part, 0) + 1
        vector = array("d", bytes(8 * SIZE))
        for part, count in counts.items():
            place, sign = divmod(part, 2)
            vector[place % SIZE] += (1 + math.log(count)) * (1 if sign else -1)
        return unit(vector)


class OnnxEmbedder:
    """A sentence transformer exported to ONNX (the reference uses BGE-small-en v1.5): mean of the last hidden state, normalised.

    Args:
        folder: holds `model.onnx` and `tokenizer.json`.

    Raises:
        ImportError: `onnxruntime` or `tokenizers` is not installed.
    """

    def __init__(self, folder: Path) -> None:
        onnxruntime, tokenizers = import_module("onnxruntime"), import_module("tokenizers")
        self.numpy: Any = import_module("numpy")
        self.tokenizer: Any = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.enable_truncation(TOKENS)
        self.tokenizer.enable_padding(length=TOKENS)
        self.session: Any = onnxruntime.InferenceSession(str(folder / "model.onnx"), providers=["CPUExecutionProvider"])

    def embed(self, text: str) -> array[float]:
        """The vector of a text."""
        numpy, encoded = self.numpy, self.tokenizer.encode(text)
        ids = numpy.array([encoded.ids], dtype=numpy.int64)
        mask = numpy.array([encoded.attention_mask], dtype=numpy.int64)
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": numpy.zeros_like(ids)}
        named = {entry.name for entry in self.session.get_inputs()}
        hidden = self.session.run(None, {name: value for name, value in inputs.items() if name in named})[0][0]
        weights = mask[0][:, None].astype(hidden.dtype)
        return unit(array("d", ((hidden * weights).sum(axis=0) / max(weights.sum(), 1e-9)).tolist()))


def unit(vector: array[float]) -> array[float]:
    """The vector at length one; a zero vector stays."""
    length = math.sqrt(math.fsum(v * v for v in vector))
    return array("d", (v / length for v in vector)) if length else vector


def distance(a: array[float], b: array[float]) -> float:
    """Cosine distance, 0 for one direction; a zero vector is at distance 1 from everything (docs/contract/events.md#distance)."""
    lengths = math.sqrt(sum(map(mul, a, a))) * math.sqrt(sum(map(mul, b, b)))
    return float(1 - sum(map(mul, a, b)) / (lengths + 1e-30))


@cache
def embedder_at(folder: Path | None) -> Embedder:
    """The embedder of a configuration, loaded once.

    Args:
        folder: of a sentence model; None: the built-in one. Vectors of the two are not comparable: after a change, old ones never match.
    """
    if folder is None:
        return NgramEmbedder()
    try:
        return OnnxEmbedder(folder)
    except ImportError as error:
        log.error("EVENT_EMBEDDER_MODEL is set, but %s: the built-in embedder is used", error)
        return NgramEmbedder()
