"""`argus mail`: what was not sent is seen, and gets another chance."""

from __future__ import annotations

import asyncio
import json

from argus.cli.runtimes import open_runtime
from argus.domain.outbox import keep_refused
from tests.cli.conftest import Argus


def given_up(receiver: str) -> None:
    async def keep() -> None:
        async with open_runtime() as runtime:
            await keep_refused(runtime, receiver, "A report", "<p>x</p>", "550 nobody here")

    asyncio.run(keep())


def test_a_mail_that_was_given_up_is_seen_and_tried_again(argus: Argus) -> None:
    given_up("bob@example.com")
    (mail,) = json.loads(argus("mail", "list", "--json").stdout)
    assert (mail["to"], mail["next"], mail["error"]) == ("bob@example.com", "given up", "550 nobody here")
    assert argus("mail", "retry", mail["id"]).stderr == "1 mails are tried again.\n"
    (mail,) = json.loads(argus("mail", "list", "--json").stdout)
    assert (mail["tries"], mail["next"] == "given up") == (0, False)
    assert argus("mail", "retry", "all").stderr == "0 mails are tried again.\n"


def test_a_mail_that_is_not_there_is_an_error(argus: Argus) -> None:
    assert argus("mail", "retry", "nothing").exit_code == 1
