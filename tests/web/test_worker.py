"""What a worker does once, when it opens."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

OPENED = """
import asyncio, gc, sys
from pathlib import Path
from argus.kit.settings import Settings
from argus.web.worker import NEW_OBJECTS, Worker

async def main(folder):
    worker = Worker(Settings(STORAGE=f"sqlite:///{folder}/argus.sqlite", DATA_DIR=folder, SECRET_KEY="of-these-tests-and-long-enough"))
    frozen = gc.get_freeze_count()
    await worker.open()
    print(gc.get_threshold()[0] == NEW_OBJECTS, gc.get_freeze_count() > frozen)
    await worker.close()

asyncio.run(main(Path(sys.argv[1])))
"""


def test_the_collector_leaves_alone_what_a_few_requests_make_and_what_was_loaded(tmp_path: Path) -> None:
    """In a process of its own: to count what is frozen walks over all of it, and of a test run that is a second's worth."""
    told = subprocess.run([sys.executable, "-c", OPENED, str(tmp_path)], capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout.split() == ["True", "True"]
