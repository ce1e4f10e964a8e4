"""Nginx from the distribution, run with the files of deploy/ as they are shipped: only addresses and folders are the test's."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.process import ROOT, free_port

DEPLOY = ROOT / "deploy"
SITES = ("nginx.conf", "compose-nginx.conf")
AROUND = """\
daemon off;
master_process on;
worker_processes 2;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include site.conf;
}}
"""
"""What Debian's own nginx.conf has around a site."""

needs_nginx = pytest.mark.skipif(
    not shutil.which("nginx") or not Path("/etc/nginx/mime.types").is_file(), reason="nginx is not installed as Debian has it"
)


def written(folder: Path, upstream: int, site: str = "nginx.conf", public: Path = ROOT / "public") -> int:
    """Write the configuration of a site in front of a port; the port at which nginx is to listen."""
    port = free_port()
    mine: Mapping[str, str] = {
        "server 127.0.0.1:8080;": f"server 127.0.0.1:{upstream};",
        "server argus:8080;": f"server 127.0.0.1:{upstream};",
        "listen 80;": f"listen 127.0.0.1:{port};",
        "/var/log/nginx/argus.log": f"{folder}/argus.log",
        "/srv/argus/public/": f"{public}/",
    }
    text = (DEPLOY / site).read_text()
    for shipped, here in mine.items():
        text = text.replace(shipped, here)
    (folder / "site.conf").write_text(text)
    user = "user root;\n" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(user + AROUND.format(folder=folder))
    shutil.copy(DEPLOY / "argus_proxy.conf", folder)
    return port


@contextmanager
def nginx(folder: Path, upstream: int, site: str = "nginx.conf", public: Path = ROOT / "public") -> Iterator[str]:
    """A running nginx in front of a port of this machine; its address."""
    folder.mkdir(exist_ok=True)
    port = written(folder, upstream, site, public)
    with subprocess.Popen(["nginx", "-p", str(folder), "-c", "nginx.conf", "-e", str(folder / "error.log")]) as running:
        try:
            _wait_for(port, running, folder)
            yield f"http://127.0.0.1:{port}"
        finally:
            running.terminate()
            running.wait(30)


def _wait_for(port: int, running: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and running.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=2).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"nginx did not come up:\n{(folder / 'error.log').read_text()[-2000:]}")
