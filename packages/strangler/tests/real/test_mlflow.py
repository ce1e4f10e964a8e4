"""MLflow's own client finds its server behind the kit as it finds it alone; operations move while it logs, and nothing is lost."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from real.harness import APPS, alone, behind, environment, flipped, seen

pytestmark = [pytest.mark.real, pytest.mark.timeout(1800)]

TRACKING = """\
version: 1
blueprints:
  tracking:
    owner: flask
    routes:
      - {path: /health, methods: [GET]}
      - {path: /api/2.0/mlflow/experiments/get-by-name, methods: [GET]}
      - {path: /api/2.0/mlflow/runs/log-metric, methods: [POST]}
unlisted: flask
"""
SECONDS = 12
PAGES = ("/", "/version", "/health", "/nothing", "/api/2.0/mlflow/nothing", "/api/2.0/mlflow/experiments/get-by-name", "/graphql")


def _client(python: Path, *arguments: str) -> Any:
    """What the application's own client tells, in a process of its environment."""
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "ARGUS", "MLFLOW"))}
    environ |= {"PYTHONPATH": str(APPS), "MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0"}
    command = [str(python), "-W", "ignore", "-m", "tracking_client", *arguments]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environ, timeout=300).stdout
    return json.loads(said.splitlines()[-1])  # before it, MLflow has its say


def _pages(url: str) -> list[tuple[int, str, dict[str, str]]]:
    with httpx.Client(base_url=url, timeout=30) as browser:
        elsewhere = {"Origin": "https://elsewhere.example"}
        steps = [browser.get(path) for path in PAGES]
        steps += [browser.post("/api/2.0/mlflow/runs/log-metric", json={}), browser.get("/health", headers=elsewhere)]
        steps += [browser.post("/api/2.0/mlflow/runs/log-metric", json={}, headers=elsewhere)]
        return [seen(step) for step in steps]


def test_mlflow_is_the_same_alone_and_behind_the_kit_and_loses_no_metric_while_operations_move(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    python = environment(tmp_path_factory.mktemp("mlflow"), "mlflow>=3.17,<4")
    (tmp_path / "registry.yaml").write_text(TRACKING)
    with alone(python, tmp_path, "tracking") as url:
        expected, pages = _client(python, url, "alone"), _pages(url)
    with behind(python, tmp_path, "tracking") as url:
        assert _client(python, url, "behind") == expected
        assert _pages(url) == pages
        loads = iter(f"load {number}" for number in range(100))

        def load() -> list[str]:
            logged, kept = _client(python, url, next(loads), str(SECONDS))
            return [] if logged == kept > 20 else [f"{logged} metrics were logged, {kept} are there"]

        assert flipped(tmp_path / "registry.yaml", "tracking", load, times=21) == []
        assert _client(python, url, "moved") == expected, "FastAPI owns them now"
        assert [(status, text) for status, text, _ in _pages(url)] == [(status, text) for status, text, _ in pages]
