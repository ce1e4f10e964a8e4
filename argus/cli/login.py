"""`argus login`"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from argus.cli import remote
from argus.cli.terminal import Failure, note, say

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command("login")
def login(
    server: Annotated[str, typer.Option("--server", metavar="URL", help="The server, such as https://argus.example.org.")],
    api_key: Annotated[
        str,
        typer.Option("--api-key", metavar="KEY", help="The key, as `/settings/api-keys` shows it once; `-`: from standard input."),
    ] = "-",
) -> None:
    """Check a key and keep it, readable by nobody else, for `argus documents`, `argus jobs` and `argus api-keys`."""
    key = _typed() if api_key == "-" else api_key
    with remote.client(server, api_key=key) as connection:
        who = remote.call(connection, "GET", "/auth/me")
    path = remote.keep(remote.Login(server.rstrip("/"), key))
    say(f"{who['username']} at {server}")
    note(f"The key is kept in {path}.")


def _typed() -> str:
    key = typer.prompt("API key", hide_input=True, err=True) if sys.stdin.isatty() else sys.stdin.readline()
    if not str(key).strip():
        raise Failure("no key was given")
    return str(key).strip()
