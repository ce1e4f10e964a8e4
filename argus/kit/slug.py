"""Names for URLs."""

from __future__ import annotations

import re
import unicodedata

_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})


def slug(text: str) -> str:
    """Lower-case ASCII letters and digits, anything between them one dash: `rel-1  (1.0) - P` → `rel-1-1-0-p`."""
    letters = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS))
    bare = "".join(c for c in letters if not unicodedata.combining(c))
    plain = re.sub(r"[\W_]+", "-", bare).encode("ascii", "ignore").decode()
    return re.sub(r"-+", "-", plain).strip("-")
