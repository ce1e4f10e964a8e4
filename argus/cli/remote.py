"""A server that commands talk to: where it is, and the key that lets them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from argus.cli.terminal import Failure

SERVER, KEY, WORKSPACE = "ARGUS_SERVER", "ARGUS_CLIENT_API_KEY", "ARGUS_WORKSPACE"
TIMEOUT = httpx.Timeout(60.0, connect=10.0)

Server = Annotated[str | None, typer.Option("--server", metavar="URL", help="The server; else ARGUS_SERVER, else that of `argus login`.")]
Workspace = Annotated[str | None, typer.Option("--workspace", metavar="ID", help="The workspace; else ARGUS_WORKSPACE, else the default.")]


@dataclass(frozen=True, slots=True)
class Login:
    """What `argus login` has kept."""

    server: str
    api_key: str


def place() -> Path:
    """Where it is kept."""
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "argus" / "login.json"


def keep(login: Login) -> Path:
    """Keep a login, readable by nobody else. Returns where."""
    path = place()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump({"server": login.server, "api_key": login.api_key}, file)
    temporary.replace(path)
    return path


def kept() -> Login | None:
    """The login that was kept.

    Raises:
        Failure: the file is no login.
    """
    try:
        found = json.loads(place().read_text())
        return Login(str(found["server"]), str(found["api_key"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        raise Failure(f"{place()} is damaged; `argus login` writes it anew") from None


def client(server: str | None, workspace: str | None = None, api_key: str | None = None) -> httpx.Client:
    """A connection to the server.

    Raises:
        Failure: it is not known which server, or with what key.
    """
    login = kept()
    url = server or os.environ.get(SERVER) or (login.server if login else None)
    if not url:
        raise Failure(f"which server? Say --server URL, set {SERVER}, or `argus login` first")
    key = api_key or os.environ.get(KEY)
    if not key and login is not None and login.server == url.rstrip("/"):
        key = login.api_key  # of that server: it goes to no other
    if not key:
        raise Failure(f"with what key? Set {KEY}, or `argus login --server {url} --api-key` first")
    headers = {"X-API-Key": key, "Accept": "application/json"}
    if workspace or os.environ.get(WORKSPACE):
        headers["X-Workspace-ID"] = workspace or os.environ[WORKSPACE]
    return httpx.Client(base_url=url.rstrip("/"), headers=headers, timeout=TIMEOUT)


def call(connection: httpx.Client, method: str, path: str, **options: Any) -> Any:
    """The answer's JSON; None where it is empty.

    Raises:
        Failure: the server cannot be reached, or refuses; with what it says.
    """
    try:
        answer = connection.request(method, path, **options)
    except httpx.HTTPError as error:
        raise Failure(f"{connection.base_url}: {error or type(error).__name__}") from None
    if answer.status_code >= 400:
        raise Failure(refusal(answer))
    try:
        return answer.json() if answer.content else None
    except ValueError:
        raise Failure(f"{connection.base_url} answers with no JSON; is it an Argus server?") from None


def refusal(answer: httpx.Response) -> str:
    """What the server says, with the fields that it is about."""
    try:
        body = answer.json()
    except ValueError:
        body = None
    if not isinstance(body, Mapping):
        return f"the server answers {answer.status_code}"
    fields = [f"{'.'.join(map(str, each.get('loc', [])))}: {each.get('msg')}" for each in body.get("errors") or []]
    return "; ".join([f"{body.get('detail') or body.get('error')} ({answer.status_code} {body.get('code')})", *fields[:10]])


def pages(connection: httpx.Client, path: str, limit: int, **query: Any) -> list[dict[str, Any]]:
    """Items of a list, page by page, until there are as many as asked for."""
    items: list[dict[str, Any]] = []
    cursor: str | None = None
    while len(items) < limit:
        params = {
            name: value for name, value in {**query, "cursor": cursor, "limit": min(200, limit - len(items))}.items() if value is not None
        }
        page = call(connection, "GET", path, params=params)
        items += page["items"]
        cursor = page["next_cursor"]
        if not cursor:
            break
    return items
