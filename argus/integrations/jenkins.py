"""Jenkins' REST API, as far as building and cloning jobs need it (docs/contract/integrations.md#jenkins)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from argus.integrations.remote import Remote, RemoteError, ask, basic_credentials, json_of
from argus.integrations.shapes import an_object, expecting
from argus.kit.errors import foreseen
from argus.runtime import Runtime

JENKINS = Remote("Jenkins", seconds=30)
XML = "text/xml; charset=utf-8"
FORM = "application/x-www-form-urlencoded"
LOGIN = re.compile(r"/(?:login|securityRealm)\b")
PARAMETERS_ACTION = "hudson.model.ParametersAction"


LEVELS = 10  # of folders in one answer
TREE = "jobs"
for _ in range(LEVELS):
    TREE = f"jobs[_class,name,url,{TREE}]"


@dataclass(frozen=True, slots=True)
class JobInfo:
    """A job or a folder of jobs; `name` is its path, `kind` the class that Jenkins says it has."""

    name: str
    short_name: str
    url: str | None
    kind: str
    jobs: Sequence[JobInfo] = ()


class JenkinsException(Exception):
    """Jenkins refuses, or does not answer."""


class NotFoundException(JenkinsException):
    """What was asked for is not there."""


class EmptyResponseException(JenkinsException):
    """An answer lacks what it must hold."""


def job_path(name: str) -> str:
    """`a/b` → `job/a/job/b`."""
    return "/".join(f"job/{quote(part, safe='')}" for part in name.split("/"))


class Jenkins:
    """One conversation: the crumb that guards writes is fetched once, before the first call.

    Raises:
        KeyError: `JENKINS_URL`, `JENKINS_USER` or `JENKINS_API_TOKEN` is not configured.
    """

    def __init__(self, runtime: Runtime) -> None:
        settings = runtime.settings
        for name in ("JENKINS_URL", "JENKINS_USER", "JENKINS_API_TOKEN"):
            if not getattr(settings, name):
                raise foreseen(KeyError(name))
        self._runtime = runtime
        self._base = str(settings.JENKINS_URL).rstrip("/")
        self._credentials = basic_credentials(str(settings.JENKINS_USER), str(settings.JENKINS_API_TOKEN))
        self._crumb: dict[str, str] | None = None

    async def job_info(self, job: str) -> dict[str, Any]:
        """A job's description.

        Raises:
            NotFoundException: `job[<path>] does not exist`.
        """
        return await self._json(f"{job_path(job)}/api/json?depth=0", f"job[{job}] does not exist")

    async def jobs(self, folder: str = "") -> list[JobInfo]:
        """Everything below a folder (of the whole server when none is named), as a tree. Ten levels come with one answer."""
        place = f"{job_path(folder)}/" if folder else ""
        found = await self._json(f"{place}api/json?tree={TREE}", f"job[{folder}] does not exist")
        with expecting(JENKINS, JenkinsException):
            return [await self._node(folder, node, LEVELS) for node in found.get("jobs", [])]

    async def _node(self, folder: str, node: Mapping[str, Any], levels: int) -> JobInfo:
        name = f"{folder}/{node['name']}" if folder else str(node["name"])
        if levels == 1 and node.get("jobs"):  # the answer ends here, the folders do not
            below = await self.jobs(name)
        else:
            below = [await self._node(name, child, levels - 1) for child in node.get("jobs") or ()]
        return JobInfo(name=name, short_name=str(node["name"]), url=node.get("url"), kind=node.get("_class") or "", jobs=below)

    async def job_config(self, job: str) -> str:
        answer = await self._get(f"{job_path(job)}/config.xml", "Requested item could not be found")
        if "html" in answer.headers.get("content-type", ""):
            raise JenkinsException(
                "Jenkins answers with a web page where a job's configuration belongs: a login or a proxy stands before it"
            )
        if not answer.content.lstrip().startswith(b"<"):
            raise JenkinsException("Jenkins answers without what belongs there (no configuration)")
        return answer.text

    async def set_job_config(self, job: str, xml: str) -> None:
        await self._post(f"{job_path(job)}/config.xml", xml)

    async def job_exists(self, job: str) -> bool:
        try:
            await self._get(f"{job_path(job)}/api/json?tree=name", f"job[{job}] does not exist")
        except NotFoundException:
            return False
        return True

    async def create_job(self, job: str, xml: str) -> None:
        """Make a job from its configuration.

        Raises:
            JenkinsException: it exists, its folder does not, or it is not there afterwards.
        """
        folder, _, name = job.rpartition("/")
        if await self.job_exists(job):
            raise JenkinsException(f"job[{job}] already exists")
        if folder and not await self.job_exists(folder):
            raise JenkinsException(f"Cannot create job[{job}] because folder for the job does not exist")
        await self._post(f"{job_path(folder)}/createItem?{urlencode({'name': name})}", xml)
        if not await self.job_exists(job):
            raise JenkinsException(f"create[{job}] failed")

    async def build_info(self, job: str, number: int) -> dict[str, Any]:
        """A build's description.

        Raises:
            NotFoundException: `job[<path>] number[<n>] does not exist`.
        """
        path = f"{job_path(job)}/{number}/api/json?depth=0"
        return await self._json(path, f"job[{job}] number[{number}] does not exist")

    async def build_job(self, job: str, parameters: Mapping[str, Any]) -> int:
        """Start a build; its number in the queue.

        Raises:
            EmptyResponseException: Jenkins does not say where it stands in the queue.
        """
        form = urlencode({name: str(value) for name, value in parameters.items()})  # in the body: a request line has 8 kB at most
        answer = await self._post(f"{job_path(job)}/buildWithParameters", form, FORM)
        last = answer.headers.get("location", "").rstrip("/").rpartition("/")[2]
        if not last.isdigit():
            raise EmptyResponseException(f"Header 'Location' not found in response from server[{self._base}]")
        return int(last)

    async def queue_item(self, number: int) -> dict[str, Any]:
        """What stands in the queue.

        Raises:
            NotFoundException: `queue number[<n>] does not exist`.
        """
        path = f"queue/item/{number}/api/json?depth=0"
        return await self._json(path, f"queue number[{number}] does not exist")

    async def queue_url(self, number: int) -> str:
        """Where a queued build runs, or the job that it waits for."""
        item = await self.queue_item(number)
        with expecting(JENKINS, JenkinsException):
            return str((item.get("executable") or item.get("task") or {}).get("url", ""))

    async def last_build_number(self, job: str) -> int | None:
        """The number of a job's newest build; None when it was never built."""
        last = (await self.job_info(job)).get("lastBuild")
        with expecting(JENKINS, JenkinsException):
            return int(last["number"]) if last else None

    async def build_parameters(self, job: str, number: int) -> dict[str, Any]:
        """With which parameters a build ran."""
        actions = (await self.build_info(job, number)).get("actions", [])
        with expecting(JENKINS, JenkinsException):
            found: list[dict[str, Any]] = next((a["parameters"] for a in actions if a.get("_class") == PARAMETERS_ACTION), [])
            return {parameter["name"]: parameter.get("value") for parameter in found}

    async def _get(self, path: str, missing: str) -> httpx.Response:
        return await self._send("GET", path, missing)

    async def _json(self, path: str, missing: str) -> dict[str, Any]:
        answer = await self._get(path, missing)
        try:
            return an_object(JENKINS, json_of(JENKINS, answer), JenkinsException)
        except RemoteError as problem:
            raise JenkinsException(str(problem)) from problem

    async def _post(self, path: str, content: str, kind: str = XML) -> httpx.Response:
        answer = await self._send("POST", path, "Requested item could not be found", content, kind)
        if LOGIN.search(answer.headers.get("location", "")):
            raise JenkinsException("Jenkins redirects to its login: the account is not accepted")
        return answer

    async def _send(self, method: str, path: str, missing: str, content: str | None = None, kind: str = XML) -> httpx.Response:
        headers = {**await self._crumbs(), **({"Content-Type": kind} if content is not None else {})}
        answer = await self._request(method, path, headers, content.encode() if content is not None else None)
        if answer.status_code == 404:
            raise NotFoundException(missing)
        if answer.status_code in (401, 403, 500):
            reason = f"Error in request. Possibly authentication failed [{answer.status_code}]: {answer.reason_phrase}"
            raise JenkinsException(f"{reason}\n{answer.text}")
        if answer.status_code >= 400:
            raise JenkinsException(f"Error in request [{answer.status_code}]: {answer.reason_phrase}")
        return answer

    async def _crumbs(self) -> dict[str, str]:
        """The header that guards writes; none where Jenkins has no such guard."""
        if self._crumb is None:
            answer = await self._request("GET", "crumbIssuer/api/json", {}, None)
            try:
                found = json_of(JENKINS, answer) if answer.status_code == 200 else {}
                self._crumb = {str(found["crumbRequestField"]): str(found["crumb"])} if found else {}
            except RemoteError as problem:
                raise JenkinsException(str(problem)) from problem
            except (LookupError, TypeError):
                raise JenkinsException("Jenkins answers with what is no crumb") from None
            if answer.cookies:  # a crumb counts for the session in which it was given
                self._crumb["Cookie"] = "; ".join(f"{name}={value}" for name, value in answer.cookies.items())
        return self._crumb

    async def _request(self, method: str, path: str, headers: Mapping[str, str], content: bytes | None) -> httpx.Response:
        try:
            return await ask(
                self._runtime, JENKINS, method, f"{self._base}/{path}", headers={**self._credentials, **headers}, content=content
            )
        except RemoteError as problem:
            raise (TimeoutException if problem.outcome == "timeout" else JenkinsException)(str(problem)) from problem


class TimeoutException(JenkinsException):
    """Jenkins takes too long."""
