"""What a worker no longer needs goes back to the machine."""

from __future__ import annotations

import ctypes
import sys

_LARGE = 1 << 20  # bytes of a block that has pages of its own
_MMAP_THRESHOLD, _TRIM_THRESHOLD = -3, -1  # names of glibc's mallopt


def give_back() -> bool:
    """Have large blocks of memory go back as soon as they are free; whether that could be said.

    Left alone, glibc learns from the first long body that blocks of its size are common: from then on it takes them from the heap of the
    thread that asks and keeps them there, so each thread that ever read a long body stays as large as the longest of them.
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
    return mallopt is not None and all([mallopt(_MMAP_THRESHOLD, _LARGE), mallopt(_TRIM_THRESHOLD, 2 * _LARGE)])
