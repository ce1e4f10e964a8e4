"""`python -m tests.browser.journeys.embedding`: look at every event that waits, in the store that `ARGUS_CONFIG` names."""

from __future__ import annotations

import asyncio

from argus.cli.runtimes import open_runtime
from argus.jobs.embedding import run_once


async def main() -> None:
    async with open_runtime() as runtime:
        await run_once(runtime)


if __name__ == "__main__":
    asyncio.run(main())
