"""The Python with which a program of ours is started."""

from __future__ import annotations

import sys
from pathlib import Path


def interpreter() -> str:
    """The interpreter that has this installation's packages.

    Below uWSGI `sys.executable` is not that: it is uWSGI itself, or the Python that an environment was made from.
    """
    known = Path(sys.executable or "")
    if known.name.startswith("python") and (sys.prefix == sys.base_prefix or known.is_relative_to(sys.prefix)):
        return sys.executable
    names = (f"python{sys.version_info.major}.{sys.version_info.minor}", "python3", "python")
    found = [path for name in names if (path := Path(sys.prefix, "bin", name)).exists()]
    return str(found[0]) if found else sys.executable
