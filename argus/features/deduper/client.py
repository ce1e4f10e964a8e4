"""A client of the deduper's routes, for programs: `ArgusDeduperClient("https://argus.example.com", token="…")`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

import httpx

FINAL = frozenset({"completed", "failed", "cancelled"})


class DeduperError(Exception):
    """A request was refused. `status` and `code` say how, `body` is the whole answer."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(f"{status} {body.get('code', '')}: {body.get('error', '')}")
        self.status, self.code, self.body = status, body.get("code"), body


class ArgusDeduperClient:
    """Starts jobs, waits for them, and reads what they found.

    Args:
        url: of Argus, or of a deduper that is served alone.
        token: an API token of Argus.
        shared_token: `DEDUPER_SHARED_TOKEN` of a deduper that is served alone.
        timeout: seconds of one request.
    """

    def __init__(self, url: str, token: str = "", shared_token: str = "", timeout: float = 30, transport: Any = None) -> None:
        said = f"Bearer {shared_token}" if shared_token else f"token {token}"
        self._http = httpx.Client(base_url=url, headers={"Authorization": said}, timeout=timeout, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def start(self, report_id: str, **parameters: Any) -> dict[str, Any]:
        """Start a job, or get the one that is active for the report.

        Raises:
            DeduperError
        """
        try:
            job: dict[str, Any] = self._json("POST", "/deduper/jobs", json={"reportId": report_id, "parameters": parameters})["job"]
        except DeduperError as refused:
            if refused.code != "job_active" or "job" not in refused.body:
                raise
            job = refused.body["job"]
        return job

    def get(self, job_id: str) -> dict[str, Any]:
        """A job as it is now.

        Raises:
            DeduperError
        """
        return self._json("GET", f"/deduper/jobs/{job_id}")

    def wait(self, job_id: str, seconds: float = 900, every: float = 1.0) -> dict[str, Any]:
        """A job once it is final.

        Raises:
            DeduperError
            TimeoutError: it is not, after so many seconds.
        """
        until = time.monotonic() + seconds
        while (job := self.get(job_id))["status"] not in FINAL:
            if time.monotonic() > until:
                raise TimeoutError(f"job {job_id} is {job['status']} after {seconds:g} s")
            time.sleep(every)
        return job

    def cancel(self, job_id: str, wait: bool = False) -> dict[str, Any]:
        """Ask for the end of a job.

        Raises:
            DeduperError
        """
        job: dict[str, Any] = self._json("POST", f"/deduper/jobs/{job_id}/cancel", params={"wait": "1"} if wait else {})["job"]
        return job

    def clusters(self, report_id: str, **query: str) -> Iterator[dict[str, Any]]:
        """The clusters of a report, page by page, the largest first.

        Raises:
            DeduperError
        """
        while True:
            page = self._json("GET", f"/deduper/reports/{report_id}/clusters", params=query)
            yield from page["items"]
            if page["next_cursor"] is None:
                return
            query = {**query, "cursor": page["next_cursor"]}

    def _json(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        answer = self._http.request(method, path, **more)
        body: dict[str, Any] = answer.json() if "json" in answer.headers.get("content-type", "") else {"error": answer.text[:200]}
        if answer.is_error:
            raise DeduperError(answer.status_code, body)
        return body
