"""`argus api-keys …`"""

from __future__ import annotations

from typing import Annotated

import typer

from argus.cli import remote
from argus.cli.terminal import note, say, say_json, say_table

app = typer.Typer(help="Your API keys on a server.", no_args_is_help=True, rich_markup_mode=None, add_completion=False)

AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
PATH = "/auth/api-keys"


@app.command("create")
def create(
    label: Annotated[str, typer.Argument(metavar="LABEL", help="What it is for.")],
    scopes: Annotated[list[str], typer.Option("--scope", metavar="SCOPE", help="What it may do, such as documents:write; repeat it.")],
    days: Annotated[int | None, typer.Option("--days", min=1, help="How long it lasts; else until it is revoked.")] = None,
    server: remote.Server = None,
) -> None:
    """Make a key and print it: it is shown this once. The server refuses this to whoever calls with a key themselves."""
    with remote.client(server) as connection:
        made = remote.call(connection, "POST", PATH, json={"label": label, "scopes": scopes, "expires_in_days": days})
    note(f"Key {made['api_key_id']} is made. It is not shown again.")
    say(made["api_key"])


@app.command("list")
def list_keys(as_json: AsJson = False, server: remote.Server = None) -> None:
    """Your keys: what they may do, and when they were last seen."""
    with remote.client(server) as connection:
        keys = remote.pages(connection, PATH, 1000)
    if as_json:
        say_json(keys)
        return
    columns = ("ID", "LABEL", "SCOPES", "CREATED", "EXPIRES", "LAST SEEN", "REVOKED")
    names = ("api_key_id", "label", "scopes", "created_at", "expires_at", "last_seen_at", "revoked_at")
    say_table(columns, ([", ".join(key[name]) if name == "scopes" else key.get(name) for name in names] for key in keys))


@app.command("revoke")
def revoke(
    key: Annotated[str, typer.Argument(metavar="ID", help="Its id, as `argus api-keys list` prints it.")],
    server: remote.Server = None,
) -> None:
    """Let a key count no more."""
    with remote.client(server) as connection:
        remote.call(connection, "DELETE", f"{PATH}/{key}")
    note(f"Key {key} is revoked.")
