"""JSON of callers that is too long to be read in one go.

Python's reader in C holds the interpreter's lock until it has read the last byte: a hundred megabytes stop every thread for a second. So
long texts are read by the standard library's reader in Python, in a thread: several times slower, and others go on. It counts the values,
because two bytes of text (`[]`) can become sixty of memory.
"""

from __future__ import annotations

import json
import threading
import traceback
from json import decoder, scanner
from typing import Any

from argus.kit.errors import RequestEntityTooLarge
from argus.kit.numbers import json_float

Raw = bytes | bytearray

LARGE = 256 * 1024  # bytes from which on a text is read that way
LONGEST = 32 << 20  # bytes of a body of JSON
MOST_VALUES = 250_000  # values of a long text; the names of an object's fields are some as well

one_at_a_time = threading.Lock()
"""For whoever looks at a long text and reads it. Half-read texts take up to 70 MB each; two at once would be no faster: both want the
interpreter."""


def read_large(held: list[Raw]) -> Any:
    """A JSON text as a value, as `json.loads` reads it; what is no number of JSON is null. To be called in a thread, `one_at_a_time`.

    Args:
        held: the text's bytes, alone. They are taken out: once they are characters nobody needs their room.

    Raises:
        ValueError: it is not JSON.
        RecursionError: it is nested too deeply.
        RequestEntityTooLarge: it holds too many values.
    """
    try:
        return _Reader().decode(_characters(held.pop()))
    except RequestEntityTooLarge as refused:
        traceback.clear_frames(refused.__traceback__)  # what was read so far goes before the next text is read
        raise


def _characters(raw: Raw) -> str:
    return raw.decode(json.detect_encoding(raw), "surrogatepass")


class _Reader(decoder.JSONDecoder):
    """The standard library's reader in Python, which counts."""

    def __init__(self) -> None:
        super().__init__(parse_constant=lambda name: None, parse_float=json_float)
        self.parse_object: Any = self._object
        self.parse_array: Any = self._array
        self.scan_once: Any = scanner.py_make_scanner(self)  # type: ignore[attr-defined]
        self._left = MOST_VALUES
        self._counted: dict[int, Any] = {}

    def _object(self, at: tuple[str, int], strict: bool, scan: Any, *more: Any) -> Any:
        return decoder.JSONObject(at, strict, self._counting(scan, 2), *more)  # type: ignore[attr-defined]

    def _array(self, at: tuple[str, int], scan: Any) -> Any:
        return decoder.JSONArray(at, self._counting(scan, 1))  # type: ignore[attr-defined]

    def _counting(self, scan: Any, values: int) -> Any:
        """The scanner, which is the same for all that is inside of a text, counting so many values each time."""
        if values not in self._counted:

            def counted(text: str, at: int) -> Any:
                self._left -= values
                if self._left < 0:
                    raise RequestEntityTooLarge
                return scan(text, at)

            self._counted[values] = counted
        return self._counted[values]
