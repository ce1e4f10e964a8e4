"""The activity log tells in sentences what happened, oldest first."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import pytest

from argus.domain.activity import event, release_activity, run_activity, text_of
from argus.kit.clock import now
from argus.models.activity import ArgusEvent
from argus.models.enums import ArgusEventTypes
from argus.runtime import Runtime
from tests.domain.opened import opened

pytestmark = pytest.mark.anyio

STATUS = ArgusEventTypes.STATUS_CHANGE


@pytest.fixture
async def runtime() -> AsyncIterator[Runtime]:
    async with opened() as found:
        yield found


def test_an_entry_keeps_its_sentence_and_values_in_order() -> None:
    entry = event(STATUS, uuid4(), "from {old_status} to {new_status} by {username}", old_status="passed", new_status=None, username="zoë")
    assert entry.body == (
        '{"message":"from {old_status} to {new_status} by {username}","old_status":"passed","new_status":null,"username":"zo\\u00eb"}'
    )
    assert text_of(entry) == "from passed to None by zoë"


def test_a_value_is_never_read_as_a_sentence() -> None:
    entry = event(STATUS, None, 'An issue titled "{title}" by {username}', title="{username} {0} {title.__class__}", username="bob")
    assert text_of(entry) == 'An issue titled "{username} {0} {title.__class__}" by bob'


@pytest.mark.parametrize(("kind", "body"), [("ARGUS_SOMETHING", {"message": "x"}), (None, {"message": "x"}), (STATUS.value, None)])
def test_an_unknown_kind_cannot_be_told(kind: str | None, body: dict[str, str] | None) -> None:
    with pytest.raises(TypeError):
        text_of(ArgusEvent(kind=kind, body=json.dumps(body) if body else None))


def test_a_missing_value_cannot_be_told() -> None:
    with pytest.raises(KeyError, match="username"):
        text_of(event(STATUS, None, "by {username}"))


async def test_a_run_and_its_release_tell_their_own_story_oldest_first(runtime: Runtime) -> None:
    run_id, release_id = uuid4(), uuid4()
    for age, word in ((1, "second"), (2, "first"), (0, "third")):
        told = event(STATUS, uuid4(), "{word}", word=word, run_id=run_id, release_id=release_id)
        await runtime.store.save(told.changed(created_at=now() - timedelta(minutes=age)))
    elsewhere = event(STATUS, uuid4(), "elsewhere", run_id=uuid4(), release_id=release_id)
    await runtime.store.save(elsewhere.changed(created_at=now() + timedelta(minutes=1)))

    of_run = await run_activity(runtime, run_id)
    assert of_run["run_id"] == run_id
    assert [of_run["events"][str(entry.id)] for entry in of_run["raw_events"]] == ["first", "second", "third"]
    of_release = await release_activity(runtime, release_id)
    assert [of_release["events"][str(entry.id)] for entry in of_release["raw_events"]][-1] == "elsewhere"
    assert await run_activity(runtime, uuid4()) | {"run_id": None} == {"run_id": None, "raw_events": [], "events": {}}
