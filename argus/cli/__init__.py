"""The `argus` command: one module a group of commands, put together in `app`."""

from __future__ import annotations


def main() -> None:
    """Entry point of the `argus` script."""
    from argus.cli.app import app

    app(prog_name="argus")
