"""`argus mail …`"""

from __future__ import annotations

from typing import Annotated

import typer

from argus.cli.runtimes import open_runtime
from argus.cli.terminal import Failure, note, run, say_json, say_table
from argus.domain.outbox import KEPT_DAYS, try_again, unsent
from argus.jobs.told import mail_shown
from argus.models.mail import QueuedMail

ALL = "all"

app = typer.Typer(help="Mails that have not been sent yet.", no_args_is_help=True, rich_markup_mode=None, add_completion=False)


@app.command("list")
def list_mails(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Mails that wait, and those that were given up, of the last days."""
    mails = [mail_shown(mail) for mail in run(_unsent())]
    if as_json:
        say_json(mails)
        return
    say_table(("ID", "TO", "SUBJECT", "TRIES", "NEXT", "ERROR"), (tuple(mail.values()) for mail in mails))


@app.command("retry")
def retry(
    mail: Annotated[str, typer.Argument(metavar="ID", help="The mail's id, or `all` for every one that was given up.")],
) -> None:
    """Give a mail all its tries again, now."""
    count = run(_retry(mail))
    if not count and mail != ALL:
        raise Failure(f"no mail {mail} waits or was given up, or it is being tried just now")
    note(f"{count} mails are tried again.")


async def _unsent() -> list[QueuedMail]:
    async with open_runtime() as runtime:
        return [mail async for mail in unsent(runtime, KEPT_DAYS)]


async def _retry(wanted: str) -> int:
    async with open_runtime() as runtime:
        chosen = [mail async for mail in unsent(runtime, KEPT_DAYS) if (mail.given_up if wanted == ALL else str(mail.id) == wanted)]
        return sum([await try_again(runtime, mail) for mail in chosen])
