"""A Jenkins of a few jobs, in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import httpx

from argus.runtime import Runtime

PARAMETERS = "hudson.model.ParametersAction"
DEFINITIONS = "hudson.model.ParametersDefinitionProperty"
PIPELINE = """<?xml version='1.1' encoding='UTF-8'?>
<flow-definition>
  <properties><hudson.model.ParametersDefinitionProperty><parameterDefinitions>
    <hudson.model.StringParameterDefinition><name>scylla_version</name><description>which one</description><defaultValue>6.2</defaultValue>
    </hudson.model.StringParameterDefinition>
    <hudson.model.StringParameterDefinition><name>plain</name><description>no default</description></hudson.model.StringParameterDefinition>
    <hudson.model.ChoiceParameterDefinition><name>backend</name><description>hidden</description>
      <choices class="java.util.Arrays$ArrayList"><a class="string-array"><string>aws</string><string>gce</string></a></choices>
    </hudson.model.ChoiceParameterDefinition>
    <hudson.model.ChoiceParameterDefinition><name>billing_project</name>
      <choices><string>first</string><string>second</string></choices></hudson.model.ChoiceParameterDefinition>
  </parameterDefinitions></hudson.model.ParametersDefinitionProperty></properties>
  <definition><scm><userRemoteConfigs><hudson.plugins.git.UserRemoteConfig><url>https://github.com/acme/sct</url>
    </hudson.plugins.git.UserRemoteConfig></userRemoteConfigs>
    <branches><hudson.plugins.git.BranchSpec><name>main</name></hudson.plugins.git.BranchSpec></branches></scm>
    <scriptPath>jenkins/a.jenkinsfile</scriptPath></definition>
</flow-definition>"""


@dataclass
class FakeJenkins:
    """Answers as Jenkins does; what it holds is by path (`a/b`)."""

    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    builds: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    configs: dict[str, str] = field(default_factory=dict)
    queue: dict[int, dict[str, Any]] = field(default_factory=dict)
    started: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    github: int = 200  # what GitHub says of any file

    def job(self, path: str, config: str = PIPELINE, **info: Any) -> None:
        self.jobs[path] = {"name": path.rpartition("/")[2], "url": f"http://ci/{path}/", **info}
        self.configs[path] = config

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == "api.github.com":
            return httpx.Response(self.github)
        words = request.url.path.strip("/").split("/")
        if words[0] == "crumbIssuer":
            return httpx.Response(200, json={"crumbRequestField": "Jenkins-Crumb", "crumb": "c"})
        assert request.headers["Jenkins-Crumb"] == "c"
        if words[0] == "queue":
            return self._json(self.queue.get(int(words[2])))
        path = "/".join(after for word, after in zip(words[::2], words[1::2], strict=False) if word == "job")
        rest = words[2 * len(path.split("/")) :]
        if rest[0] == "createItem":
            self.job(f"{path}/{request.url.params['name']}", request.content.decode())
            return httpx.Response(200)
        if path not in self.jobs:
            return httpx.Response(404)
        if rest[0] == "config.xml":
            if request.method == "POST":
                self.configs[path] = request.content.decode()
            return httpx.Response(200, text=self.configs[path])
        if rest[0] == "buildWithParameters":
            self.started.append((path, dict(parse_qsl(request.content.decode()))))
            return httpx.Response(201, headers={"Location": "http://ci/queue/item/41/"})
        if rest[0].isdigit():
            return self._json(self.builds.get((path, int(rest[0]))))
        return self._json(self.jobs[path])

    @staticmethod
    def _json(found: dict[str, Any] | None) -> httpx.Response:
        return httpx.Response(404) if found is None else httpx.Response(200, json=found)


@contextmanager
def answering(runtime: Runtime, remote: FakeJenkins) -> Iterator[None]:
    """Let the fake answer whatever the runtime asks of the world."""
    real, runtime.http = runtime.http, httpx.AsyncClient(transport=httpx.MockTransport(remote))
    try:
        yield
    finally:
        runtime.http = real
