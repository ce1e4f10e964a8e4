"""docs/operations.md tells of every metric, and the proxy's sample is one that nginx takes."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from prometheus_client import REGISTRY, Counter, Histogram
from prometheus_client.metrics import MetricWrapperBase

import argus.auth.security_log
import argus.features.deduper.metrics
import argus.jobs.summaries
import argus.live.hub
import argus.platform.attempt
import argus.platform.files
import argus.platform.message_hub
import argus.platform.queue
import argus.platform.worker
import argus.web.metrics  # noqa: F401
from argus.cli.serve import KEEP_ALIVE

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operations.md").read_text()
NGINX = (ROOT / "deploy" / "nginx.conf").read_text()


def kept() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Metric → type and labels, of everything that the code counts."""
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for metric in {m for m in REGISTRY._collector_to_names if isinstance(m, MetricWrapperBase)}:
        kind = "counter" if isinstance(metric, Counter) else "histogram" if isinstance(metric, Histogram) else "gauge"
        found[metric._name + ("_total" if kind == "counter" else "")] = (kind, tuple(metric._labelnames))
    return found


def test_every_metric_has_its_row_and_every_row_a_metric() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (counter|gauge|histogram) \| ([^|]*)\| [^|]+ \|$", PAGE, re.MULTILINE)
    told = {name: (kind, tuple(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}
    ours = {name: of for name, of in kept().items() if name.startswith(("http_request", "argus_", "exporter_"))}
    assert told == ours


def test_the_proxy_gives_connections_up_first() -> None:
    idle = re.search(r"keepalive_timeout (\d+)s;", NGINX)
    assert idle
    assert int(idle[1]) < KEEP_ALIVE


@pytest.mark.parametrize(
    ("name", "hashed"),
    [
        ("markdown-Bv7Pwr4g.js", True),
        ("Board-DxvLe948.js", True),
        ("Resources-B-6fvxhG.js", True),
        ("main.bundle.js", False),
        ("style.css", False),
    ],
)
def test_only_hashed_chunks_are_kept_for_ever(name: str, hashed: bool) -> None:
    location = re.search(r'location ~ "([^"]+)"', NGINX)
    assert location
    assert bool(re.search(location[1].replace("(?<chunk>", "(?P<chunk>"), f"/s/dist/{name}")) == hashed


@pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not installed")
def test_nginx_takes_the_sample(tmp_path: Path) -> None:
    shutil.copy(ROOT / "deploy" / "argus_proxy.conf", tmp_path)
    site = NGINX.replace("/var/log/nginx/argus.log", str(tmp_path / "argus.log")).replace("listen 80;", "listen 127.0.0.1:8399;")
    (tmp_path / "nginx.conf").write_text(f"pid {tmp_path}/pid; error_log stderr;\nevents {{}}\nhttp {{\n{site}\n}}\n")
    done = subprocess.run(
        ["nginx", "-t", "-p", str(tmp_path), "-c", "nginx.conf", "-e", "stderr"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
