"""What the activity log says of a decision about a run, alike whether one run was changed or many."""

from __future__ import annotations

from uuid import UUID

from argus.domain.activity import event
from argus.models.activity import ArgusEvent
from argus.models.catalogue import ArgusTest
from argus.models.enums import ArgusEventTypes, TestInvestigationStatus, TestStatus
from argus.models.run import RunBase
from argus.models.user import User


def status_set(user: User, test: ArgusTest, run: RunBase, status: TestStatus) -> ArgusEvent:
    return event(
        ArgusEventTypes.STATUS_CHANGE,
        user.id,
        "Status was changed from {old_status} to {new_status} by {username}",
        **_place(test, run),
        old_status=run.status,
        new_status=status.value,
        username=user.username,
    )


def investigation_set(user: User, test: ArgusTest, run: RunBase, status: TestInvestigationStatus) -> ArgusEvent:
    return event(
        ArgusEventTypes.STATUS_CHANGE,
        user.id,
        "Investigation status was changed from {old_status} to {new_status} by {username}",
        **_place(test, run),
        old_status=run.investigation_status,
        new_status=status.value,
        username=user.username,
    )


def assignee_set(user: User, test: ArgusTest, run: RunBase, old: User | None, new: User | None) -> ArgusEvent:
    """
    Args:
        old, new: need their `username`; None: nobody.
    """
    return event(
        ArgusEventTypes.ASSIGNEE_CHANGE,
        user.id,
        'Assignee was changed from "{old_user}" to "{new_user}" by {username}',
        **_place(test, run),
        old_user=old.username if old else "None",
        new_user=new.username if new else "None",
        username=user.username,
    )


def _place(test: ArgusTest, run: RunBase) -> dict[str, UUID | None]:
    return {"release_id": test.release_id, "group_id": test.group_id, "test_id": test.id, "run_id": run.id}
