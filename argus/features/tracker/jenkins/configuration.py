"""Settings of a job that people change: where its pipeline comes from (docs/contract/integrations.md#settings-of-a-job)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from argus.integrations import github
from argus.integrations.jenkins import Jenkins
from argus.kit.errors import JenkinsServiceError, foreseen
from argus.kit.parse import need
from argus.kit.xml_text import FORBIDDEN, readable_xml
from argus.models.catalogue import ArgusTest
from argus.runtime import Runtime

XML_1_1 = "<?xml version='1.1' encoding='UTF-8'?>\n"
SETTINGS = {
    "gitRepo": "./*//scm/userRemoteConfigs/hudson.plugins.git.UserRemoteConfig/url",
    "gitBranch": "./*//scm/branches/hudson.plugins.git.BranchSpec/name",
    "pipelineFile": "./*//scriptPath",
}
SHALLOW = {name: path.replace("./*//", "./*/") for name, path in SETTINGS.items()}
CONFIGURABLE = frozenset({"scylla-cluster-tests", "driver-matrix-tests", "sirenada"})


def parse_xml(text: str) -> ElementTree.Element:
    """A job's configuration. Jenkins declares XML 1.1 and writes control characters, which the parser knows neither of; they are kept.

    Raises:
        JenkinsServiceError: it is no XML, or defines entities.
    """
    document = readable_xml(text)
    try:
        config: ElementTree.Element = fromstring(document.text)
    except (ElementTree.ParseError, DefusedXmlException) as broken:
        raise JenkinsServiceError(f"The configuration of the job cannot be read: {broken}") from broken
    if document.back:
        for element in config.iter():
            element.text, element.tail = (part and document.restored(part) for part in (element.text, element.tail))
            element.attrib.update({name: document.restored(value) for name, value in element.attrib.items()})
    return config


def xml_of(config: ElementTree.Element) -> str:
    """A configuration as Jenkins takes it: without a declaration, unless it holds characters that XML 1.0 does not know."""
    text = ElementTree.tostring(config, encoding="unicode")
    written = FORBIDDEN.sub(lambda found: f"&#{ord(found[0])};", text)
    return written if written == text else f"{XML_1_1}{written}"


def _element(config: ElementTree.Element, setting: str) -> ElementTree.Element | None:
    found = config.find(SHALLOW[setting])  # KeyError: no such setting
    return found if found is not None else config.find(SETTINGS[setting])


async def settings(runtime: Runtime, build_id: str | None) -> dict[str, str]:
    """The settings of a test's job; none of a test whose job has no pipeline.

    Raises:
        Exception: no build id.
        DocumentNotFound: no such test.
        JenkinsServiceError: the job has no such setting.
        KeyError, JenkinsException: Jenkins is not configured, refuses or does not answer.
    """
    if not build_id:
        raise foreseen(Exception("No testId provided"))
    test = await runtime.store.get(ArgusTest, build_system_id=build_id)
    if test.plugin_name not in CONFIGURABLE:
        return {}
    config = parse_xml(await Jenkins(runtime).job_config(build_id))
    found = {name: _element(config, name) for name in SETTINGS}
    for name, element in found.items():
        if element is None:
            raise JenkinsServiceError(f"The job has no setting {name}")
    return {name: element.text or "" for name, element in found.items() if element is not None}


async def change(runtime: Runtime, body: Mapping[str, Any]) -> None:
    """Change settings of a test's job.

    Raises:
        KeyError: the body misses a key, or names no setting.
        DocumentNotFound: no such test.
        JenkinsServiceError, JenkinsException: as `settings`.
    """
    build_id, wanted = need(body, "buildId"), need(body, "settings")
    test = await runtime.store.get(ArgusTest, build_system_id=build_id)
    if test.plugin_name in CONFIGURABLE:
        await apply(Jenkins(runtime), build_id, wanted)


async def apply(jenkins: Jenkins, job: str, wanted: Mapping[str, str]) -> None:
    """Write settings into a job's configuration; nothing is written when one of them is unknown.

    Raises:
        KeyError: no such setting.
        JenkinsServiceError: the job has no such setting.
    """
    config = parse_xml(await jenkins.job_config(job))
    for name, value in wanted.items():
        element = _element(config, name)
        if element is None:
            raise JenkinsServiceError(f"The job has no setting {name}")
        element.text = value
    await jenkins.set_job_config(job, xml_of(config))


async def validate(runtime: Runtime, body: Mapping[str, Any]) -> dict[str, Any]:
    """Whether settings lead to a pipeline file, as far as GitHub tells.

    Raises:
        KeyError: the body misses a key.
        DocumentNotFound: no such test.
        GithubError: GitHub is out of reach.
    """
    build_id, wanted = need(body, "buildId"), need(body, "newSettings")
    test = await runtime.store.get(ArgusTest, build_system_id=build_id)
    if test.plugin_name not in CONFIGURABLE:
        return {"validated": True, "message": ""}
    repository, path, branch = need(wanted, "gitRepo"), need(wanted, "pipelineFile"), need(wanted, "gitBranch")
    place = github.parse_repository(repository)
    if place is None:
        return {"validated": False, "message": "Repository doesn't conform to GitHub schema"}
    status = await github.file_status(runtime, *place, path, branch)
    return {"validated": status in (200, 403), "message": _advice(status, *place, branch)}


def _advice(status: int, user: str, repo: str, branch: str) -> str:
    if status == 200:
        return ""
    if status == 403:
        return "No access to this repository using your token. The pipeline file cannot be verified."
    if status == 404:
        link = f'<a href="https://github.com/{user}/{repo}/tree/{quote(branch)}"> target repository</a>'
        return f"Pipeline file not found in the {link}, please check the repository before continuing"
    return "Generic Error"
