"""What becomes the deduper's program: `python bootstrap.py PARENT MEMORY COMMAND…` bounds itself, and is then replaced by the command.

It stands between fork and program because nothing may run between the two in a process of several threads. Only the standard library.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys

NICE = 10
OPEN_FILES = 256
PR_SET_PDEATHSIG = 1
GONE = 70  # exit code when the parent has gone before it could be watched
NOT_STARTED = 127
WHY = "not-started"  # file of the working folder that says why: a program may end with 127 by itself


def main() -> None:
    """Bound this process and become the command."""
    parent, memory, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    _end_with(parent)
    _bound(memory)
    try:
        os.execv(command[0], command)  # noqa: S606
    except OSError as problem:
        with open(WHY, "w") as file:  # noqa: PTH123
            file.write(problem.strerror or "unknown")
        os._exit(NOT_STARTED)


def _end_with(parent: int) -> None:
    """Be killed when the parent ends (Linux; elsewhere the program watches its standard input)."""
    if not sys.platform.startswith("linux"):
        return
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(GONE)


def _bound(memory: int) -> None:
    import resource

    os.nice(NICE)
    for what, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_NOFILE, OPEN_FILES)):
        hard = resource.getrlimit(what)[1]
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with contextlib.suppress(ValueError, OSError):  # macOS knows no bound of the address space
            resource.setrlimit(what, (allowed, allowed))


if __name__ == "__main__":
    main()
