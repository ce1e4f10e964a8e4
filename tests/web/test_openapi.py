"""The API's own description: valid, complete, and readable in a browser."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest
from openapi_spec_validator import validate

from argus.kit.answer import JSON
from argus.web.api_docs import FILES, VENDORED
from strangler.registry import parse
from strangler.rules import canonical
from tests.serving import ROOT, Server, serving

pytestmark = pytest.mark.anyio

PAGES = ("pages", "auth", "profile", "files", "metrics")  # these answer with HTML, redirects, files and relayed bodies, not envelopes
NO_JSON = {  # pages, redirects, tables and logs among routes that answer with JSON
    "/api/v1/trends/csv",
    "/api/v1/run/{run_id}/pictures/{picture_id}",
    "/auth/sso/login",
    "/artifacts",
    "/artifacts/jobs",
    "/settings/api-keys",
    "/settings/workspaces",
    "/deduper/jobs/{job_id}/logs",
}
BODILESS = {  # POSTs that read no body; their path, query or caller says everything
    "/admin/api/v1/demo/load",
    "/admin/api/v1/user/{user_id}/admin/toggle",
    "/admin/api/v1/user/{user_id}/delete",
    "/admin/api/v1/jobs/{name}/run",
    "/admin/api/v1/jobs/{name}/pause",
    "/admin/api/v1/jobs/{name}/resume",
    "/api/v1/client/testrun/{run_type}/{run_id}/heartbeat",
    "/api/v1/test/{test_id}/run/{run_id}/comment/{comment_id}/delete",
    "/api/v1/get_runs_by_test_id_run_id",
    "/api/v1/terminate_stuck_runs",
    "/workspaces/{workspace_id}/default",
    "/configurations/{configuration_id}/activate",
    "/jobs/{job_id}/cancel",
    "/jobs/{job_id}/retry",
    "/deduper/jobs/{job_id}/cancel",
}


async def document(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.get("/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def described(found: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(path, method.upper()): each for path, methods in found["paths"].items() for method, each in methods.items()}


def fastapi_path(rule: str) -> str:
    """Flask's rule as OpenAPI writes it: converters are not told."""
    return "/".join("{" + part.strip("<>").rpartition(":")[2] + "}" if part.startswith("<") else part for part in rule.split("/"))


async def test_the_document_is_valid_and_every_reference_leads_somewhere(client: httpx.AsyncClient) -> None:
    found = await document(client)
    validate(found)
    schemas = found["components"]["schemas"]
    referred = {part.split('"')[0] for part in json.dumps(found).split("#/components/schemas/")[1:]}
    assert referred <= set(schemas)


async def test_operation_ids_are_unique(client: httpx.AsyncClient) -> None:
    ids = Counter(operation["operationId"] for operation in described(await document(client)).values())
    assert [name for name, times in ids.items() if times > 1] == []


async def test_every_route_of_the_registry_is_described(client: httpx.AsyncClient) -> None:
    found = described(await document(client))
    missing, vague, silent = [], [], []
    for blueprint, _, route, _ in parse((ROOT / "migration_status.yaml").read_text()).each_route():
        if blueprint == "assets":
            continue  # files of the pages: nothing that a client calls
        for method in route.methods:
            if method == "WS":
                continue  # OpenAPI knows no WebSockets; docs/platform.md tells of them
            path = fastapi_path(canonical(route.path))
            operation = found.get((path, method))
            if operation is None:
                missing.append((method, path))
                continue
            if not operation.get("summary") or not operation.get("tags"):
                silent.append((method, path))
            if blueprint not in PAGES and path not in NO_JSON and not operation.get("deprecated") and not _answers(operation):
                vague.append((method, path))
            if method in ("POST", "PUT") and blueprint not in PAGES and path not in BODILESS and "requestBody" not in operation:
                silent.append((method, path))
    assert (missing, vague, silent) == ([], [], [])


def _answers(operation: dict[str, Any]) -> bool:
    """Whether the answer has a model, or is said to be something else than JSON."""
    succeeded = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    if succeeded and all("content" not in answer for answer in succeeded):
        return "204" in operation["responses"]
    content = {kind: media for answer in succeeded for kind, media in answer.get("content", {}).items()}
    return bool(content) and all(media.get("schema") for kind, media in content.items() if kind == JSON)


async def test_the_document_is_readable_in_a_browser(client: httpx.AsyncClient) -> None:
    for path in ("/docs", "/redoc"):
        answer = await client.get(path)
        assert answer.status_code == 200
        assert "/openapi.json" in answer.text
        assert not re.search(r"(src|href)=\"(https?:)?//", answer.text), "nothing of another server"
        for source, integrity in re.findall(r'(?:src|href)="(\./docs/[^"]+)" integrity="([^"]+)"', answer.text):
            file = await client.get(source.removeprefix("."))
            assert file.status_code == 200
            assert integrity == "sha384-" + base64.b64encode(hashlib.sha384(file.content).digest()).decode()


def test_scripts_and_styles_of_the_pages_are_the_published_ones() -> None:
    """A file that was exchanged for another version must be told with its version, or the browser refuses it."""
    for vendored in VENDORED:
        digest = hashlib.sha384((FILES / vendored.name).read_bytes()).digest()
        assert vendored.integrity == "sha384-" + base64.b64encode(digest).decode()
    licences = {"swagger-ui.LICENSE.txt", "swagger-ui.NOTICE.txt", "redoc.LICENSE.txt"}
    bundled = {"swagger-ui-bundle.js.LICENSE.txt", "redoc.standalone.js.LICENSE.txt"}  # of what the packages bring along
    assert {path.name for path in FILES.iterdir()} == licences | bundled | {vendored.name for vendored in VENDORED}


async def test_the_document_is_served_by_the_gateway_as_registered(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        assert isinstance(server, Server)
        async with server.client(None) as anybody:
            assert (await document(anybody))["info"]["title"] == "Argus"
            for path in ("/docs", "/redoc"):
                assert (await anybody.get(path)).status_code == 200
