"""What is large holds no event loop: neither an upload of 50 MiB nor a job with many rows takes one for more than 50 ms at a time."""

from __future__ import annotations

import pytest

from bench.platform.steps import steps
from bench.platform.within import ROWS, UPLOAD, form
from tests.features.artefacts.calling import Desk

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(300)]
LONGEST_STEP = 0.05  # seconds


def longest(taken: list[float]) -> str:
    """For people, where one took too long."""
    return ", ".join(f"{each * 1000:.0f} ms" for each in sorted(taken)[-5:])


async def test_an_upload_of_50_mib_holds_no_loop(desk: Desk) -> None:
    await desk.upload("warm.csv", "a,b\n1,2\n")  # what is loaded once, is loaded
    with steps() as taken:
        answer = await desk.client.post("/documents", content=form(UPLOAD), headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert answer.status_code == 201, answer.text
    assert answer.json()["byte_size"] == len(UPLOAD)
    assert max(taken) < LONGEST_STEP, longest(taken)


async def test_a_job_with_many_short_rows_holds_no_loop(desk: Desk) -> None:
    await desk.read("warm.csv", "a,b\n1,2\n")
    document = await desk.upload("many.csv", "a,b\n" + "".join(f"{number % 10},2\n" for number in range(ROWS)))
    with steps() as taken:
        job = await desk.ended((await desk.job(document["document_id"]))["job_id"], 200)
    assert (job["status"], job["metrics"]["rows"]) == ("success", ROWS), job
    assert max(taken) < LONGEST_STEP, longest(taken)
