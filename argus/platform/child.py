"""A process of its own for what is heavy or reads files of strangers: `python -m argus.platform.child`, started by `spawned`.

It gets one frame on standard input (function, argument, limits) and answers with frames on standard output: JSON only, so that nothing
that it read can make its parent do something. Memory and processor time are bounded, the network is closed, the environment holds no
secret, it steps back behind who answers requests, and it ends when its parent does.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import struct
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import IO, Any

from argus.platform.stops import Permanent

HEAD = struct.Struct(">I")
LONGEST = 16 << 20  # bytes of a frame
PARENT_GONE = 70
NICE = 5  # a third of the processor that a server has, where both want it
_PR_SET_PDEATHSIG = 1

Send = Callable[[Any], None]


def write_frame(pipe: IO[bytes], value: Any) -> None:
    """One message.

    Raises:
        ValueError: it is longer than a frame may be.
    """
    body = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    if len(body) > LONGEST:
        raise ValueError(f"a message of {len(body)} bytes is too long; send smaller parts")
    pipe.write(HEAD.pack(len(body)) + body)
    pipe.flush()


def read_frame(pipe: IO[bytes]) -> Any:
    """The next message; None at the end."""
    head = pipe.read(HEAD.size)
    if len(head) < HEAD.size:
        return None
    return json.loads(pipe.read(HEAD.unpack(head)[0]))


def main() -> None:
    """Do what the parent asks, once."""
    _step_back()
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what is printed goes to the log
    request = read_frame(sys.stdin.buffer)
    if request is None:
        return
    _end_with_parent()
    function = _function(request["function"])
    _bound(request["memory"], request["cpu"])
    _close_network()
    try:
        function(request["argument"], lambda message: write_frame(answers, {"message": message}))
        write_frame(answers, {"done": True})
    except Permanent as error:
        write_frame(answers, {"permanent": {"code": error.code, "message": error.message}})
    except MemoryError:
        write_frame(answers, {"permanent": {"code": "memory_limit", "message": "it needs more memory than it may have"}})
    except Exception as error:
        traceback.print_exc()
        write_frame(answers, {"failed": f"{type(error).__name__}: {error}"[:2000]})


def _function(name: str) -> Callable[[Any, Send], None]:
    module, _, attribute = name.partition(":")
    found: Callable[[Any, Send], None] = getattr(import_module(module), attribute)
    return found


def _step_back() -> None:
    """Answers come first. Linux may share processors out by sessions: then this one's weight is what counts."""
    if sys.platform == "win32":
        return
    os.nice(NICE)
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(NICE))


def _end_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    threading.Thread(target=_watch_parent, daemon=True).start()


def _watch_parent() -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os._exit(PARENT_GONE)


def _bound(memory: int, cpu: int) -> None:
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _close_network() -> None:
    """What runs from here on opens no connection; an audit hook cannot be taken off again."""

    def refuse(event: str, _arguments: Any) -> None:
        if event in ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto", "subprocess.Popen", "os.system", "os.exec"):
            raise PermissionError(f"{event} is not allowed here")

    sys.addaudithook(refuse)


if __name__ == "__main__":
    main()
