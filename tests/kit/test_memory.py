"""Threads that read long bodies do not keep their room."""

from __future__ import annotations

import subprocess
import sys

import pytest

from argus.kit import memory

SCRIPT = """
import re, sys, threading
from pathlib import Path
from argus.kit import memory

def resident():
    return int(re.search(r"VmRSS:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) // 1024

assert memory.give_back()
before = resident()
read, go = threading.Barrier(9), threading.Event()

def read_bodies():
    for _ in range(3):
        body = b"x" * (20 << 20)
        del body
    read.wait()
    go.wait()

threads = [threading.Thread(target=read_bodies) for _ in range(8)]
for thread in threads:
    thread.start()
read.wait()
print(resident() - before)
go.set()
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="what is free goes back by itself, or cannot be told to")
def test_eight_threads_that_read_long_bodies_are_as_small_as_before() -> None:
    if not memory.give_back():
        pytest.skip("this system's C library has no mallopt")
    grown = subprocess.run([sys.executable, "-c", SCRIPT], check=True, capture_output=True, text=True).stdout
    assert int(grown) < 20, "MB"
