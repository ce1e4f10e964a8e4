"""Who is named is told: in the inbox at once, by mail afterwards; texts of users never become markup."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from argus.domain import notify, outbox
from argus.domain.mentions import MOST, mentioned
from argus.domain.wanted import Ways, choose
from argus.kit import losses
from argus.kit.errors import NotificationManagerException
from argus.models.enums import ArgusNotificationSourceTypes, ArgusNotificationTypes
from argus.models.notification import ArgusNotification
from argus.models.user import User
from argus.models.view import ArgusUserView
from argus.plugins.generic.model import GenericRun
from argus.runtime import Runtime
from argus.storage.statements import select
from tests.domain.opened import opened
from tests.waiting import until

pytestmark = pytest.mark.anyio

ANN = User(username="ann", full_name="Ann <Example>", email="ann@example.com")
BOB = User(username="bob", email="bob@example.com")
NAMELESS = User(username="john-doe", email=None)
OTHERS = [User(username=name, email=None) for name in ("bob_builder", "john.doe", "ünal")]
VIEW = ArgusUserView(name="it's/mine?", display_name="<Mine>")
RUN = GenericRun(id=uuid4(), build_id="rel/<b>/job", build_number=7, test_id=uuid4())


class Post:
    """Stands in for the mail server."""

    def __init__(self, broken: bool = False) -> None:
        self.sent: list[tuple[list[str], str, str]] = []
        self.refused = 0
        self.broken = broken

    async def send(self, runtime: Runtime, to: list[str], subject: str, html: str, **_: object) -> None:
        if self.broken:
            self.refused += 1
            raise OSError("no connection")
        self.sent.append((to, subject, html))


@pytest.fixture
async def runtime() -> AsyncIterator[Runtime]:
    async with opened(BASE_URL="https://argus.test") as found:
        for user in (ANN, BOB, NAMELESS, *OTHERS):
            await found.store.save(user)
        yield found


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Post:
    stand_in = Post()
    monkeypatch.setattr(outbox, "send_mail", stand_in.send)
    return stand_in


async def inbox(runtime: Runtime, user: User) -> list[ArgusNotification]:
    return await runtime.store.all(select(ArgusNotification).where(receiver=user.id))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@ann and @bob", ["ann", "bob"]),
        ("@bob, then @ann, then @bob", ["bob", "ann"]),
        ("mail ann@bob.example, ann+x@bob or first_@bob.example", []),
        ("look at node_modules/@bob/lib and https://x.example/@bob", []),
        ("@@bob! (@ann) **@john-doe** @john.doe. `@bob_builder`", ["bob", "ann", "john-doe", "john.doe", "bob_builder"]),
        ("_@bob_ and @ann's", ["bob", "ann"]),
        ("@bob.example @bob-x @bob_x @john--doe @bobü", []),
        ("@BOB @nobody @ @- @.", []),
        ("@bob-, @ann…", ["bob", "ann"]),
        ("@ünal", ["ünal"]),
    ],
)
async def test_a_name_is_a_whole_word_that_belongs_to_no_address(runtime: Runtime, text: str, names: list[str]) -> None:
    assert [user.username for user in await mentioned(runtime.store, text, uuid4())] == names


async def test_the_names_of_one_text_have_a_bound(runtime: Runtime) -> None:
    losses.begin()
    crowd = " ".join(f"@nobody{number}" for number in range(MOST))
    assert await mentioned(runtime.store, f"{crowd} @bob", uuid4()) == []
    assert losses.losses() == [f"only the first {MOST} of {MOST + 1} names in the text are told"]
    losses.end()


async def test_nobody_mentions_themselves(runtime: Runtime) -> None:
    assert await mentioned(runtime.store, "@ann @bob @ann", ANN.id) == [BOB]


async def test_a_mention_reaches_inbox_and_mailbox(runtime: Runtime, post: Post) -> None:
    comment = uuid4()
    await notify.comment_mention(runtime, ANN, [BOB, NAMELESS], comment, "see &lt;this&gt; <script>", RUN)
    (row,) = await inbox(runtime, BOB)
    assert (row.type, row.source_type, row.source_id, row.sender, row.state) == ("TYPE_MENTION", "COMMENT", comment, ANN.id, 1)
    assert row.title == "You were mentioned in a comment"
    assert row.content == (
        "You were mentioned by <span class='fw-bold'>@ann</span> in a discussion of "
        f"<a href='/test/{RUN.test_id}/runs?additionalRuns%5B%5D={RUN.id}'>rel/&lt;b&gt;/job#7</a>."
    )
    assert len(await inbox(runtime, NAMELESS)) == 1
    ((to, subject, html),) = await until(lambda: post.sent)
    assert (to, subject) == (["bob@example.com"], "Argus Notification - You were mentioned in a comment")
    assert f"https://argus.test/test/{RUN.test_id}/runs" in html
    assert "see &lt;this&gt; &lt;script&gt;" in html


@pytest.mark.parametrize(("bell", "mail"), [(True, False), (False, True), (False, False)])
async def test_a_kind_comes_the_ways_that_its_receiver_wants(runtime: Runtime, post: Post, bell: bool, mail: bool) -> None:
    await choose(runtime.store, BOB.id, ArgusNotificationTypes.MENTION, Ways(bell, mail))
    await notify.comment_mention(runtime, ANN, [BOB], uuid4(), "see this", RUN)
    assert len(await inbox(runtime, BOB)) == bell
    await notify.run_assigned(runtime, ANN, BOB.id, RUN)  # another kind, which comes both ways, and after the first
    assert len(await inbox(runtime, BOB)) == bell + 1
    await until(lambda: len(post.sent) == mail + 1)
    assert sum("mentioned" in subject for _, subject, _ in post.sent) == mail


async def test_an_assignment_names_the_run(runtime: Runtime, post: Post) -> None:
    await notify.run_assigned(runtime, ANN, BOB.id, RUN.changed(build_number=None))
    (row,) = await inbox(runtime, BOB)
    assert (row.type, row.source_type, row.source_id) == ("TYPE_ASSIGNEE_CHANGE", "TEST_RUN", RUN.id)
    assert "job#None</a>." in (row.content or "")


async def test_an_action_item_is_quoted(runtime: Runtime, post: Post) -> None:
    await notify.action_item_assigned(runtime, ANN, BOB.id, VIEW, "do &lt;it&gt; & 'now'")
    (row,) = await inbox(runtime, BOB)
    assert row.content == (
        "You were assigned by <span class='fw-bold'>@ann</span> to View Action "
        "<a href='/view/it%27s%2Fmine%3F'>&lt;Mine&gt;</a>.<p>Action: do &lt;it&gt; & 'now'</p>"
    )


async def test_a_highlight_mail_greets_and_links(runtime: Runtime, post: Post) -> None:
    kind = ArgusNotificationSourceTypes.VIEW_HIGHLIGHT
    await notify.highlight_mention(runtime, ANN, [BOB], VIEW, kind, "highlight comment", "<b>look</b>")
    (row,) = await inbox(runtime, BOB)
    assert (row.source_type, row.source_id, row.title) == ("VIEW_HIGHLIGHT", VIEW.id, "You were mentioned in a view highlight")
    assert " in a highlight comment in view " in (row.content or "")
    html = (await until(lambda: post.sent))[0][2]
    assert "<p>Hi,</p>" in html
    assert "Ann &lt;Example&gt; mentioned you in a highlight comment" in html
    assert "&lt;b&gt;look&lt;/b&gt;" in html
    assert "https://argus.test/view/it%27s%2Fmine%3F" in html


async def test_a_mail_server_that_is_down_changes_nothing(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    post = Post(broken=True)
    monkeypatch.setattr(outbox, "send_mail", post.send)
    await notify.run_assigned(runtime, ANN, BOB.id, RUN)
    await until(lambda: post.refused)
    assert len(await inbox(runtime, BOB)) == 1


async def test_without_mail_only_the_inbox_is_told(post: Post) -> None:
    async with opened(EMAIL_ENABLED=False) as runtime:
        await runtime.store.save(BOB)
        await notify.run_assigned(runtime, ANN, BOB.id, RUN)
        assert len(await inbox(runtime, BOB)) == 1
        assert [mail async for mail in outbox.unsent(runtime)] == []
    assert post.sent == []


async def test_somebody_who_is_not_there_cannot_be_told(runtime: Runtime, post: Post) -> None:
    unknown = uuid4()
    with pytest.raises(NotificationManagerException) as raised:
        await notify.run_assigned(runtime, ANN, unknown, RUN)
    assert raised.value.args == (f"UserId {unknown} not found in the database", unknown)


async def test_many_notices_in_one_moment_all_arrive(runtime: Runtime, post: Post) -> None:
    given: list[Any] = [notify.run_assigned(runtime, ANN, BOB.id, RUN) for _ in range(50)]
    await asyncio.gather(*given)
    assert len(await inbox(runtime, BOB)) == 50
