"""Finding plans, and what must hold for all of them (docs/contract/planning.md#plans)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from argus.domain.exclusive import exclusive
from argus.kit.errors import PlannerServiceException
from argus.kit.parse import uuid_of
from argus.models.catalogue import ArgusRelease
from argus.models.plan import ArgusReleasePlan
from argus.runtime import Runtime
from argus.storage.errors import DocumentNotFound
from argus.storage.statements import eq, select
from argus.storage.store import Store


async def plan_of(runtime: Runtime, reference: str) -> ArgusReleasePlan:
    """A plan by its id, else by its key (`<release>#<number>`).

    Raises:
        DocumentNotFound: `Plan <reference> not found`.
    """
    plan = await _by_id(runtime.store, reference) or await _by_key(runtime.store, reference)
    if plan is None:
        raise DocumentNotFound(f"Plan {reference} not found")
    return plan


async def _by_id(store: Store, reference: str) -> ArgusReleasePlan | None:
    try:
        plan_id = UUID(str(reference))
    except ValueError:
        return None
    return await store.find(ArgusReleasePlan, id=plan_id) if plan_id.version == 1 else None  # the column holds no others


async def _by_key(store: Store, reference: str) -> ArgusReleasePlan | None:
    """Keys have no index; all plans together are a few hundred rows."""
    return await store.first(select(ArgusReleasePlan).where(eq("key", reference)).allow_filtering())


async def plans_of_release(runtime: Runtime, release_id: str) -> list[ArgusReleasePlan]:
    """Every plan of a release, in storage order; none for an unknown one.

    Raises:
        ValueError: malformed id.
    """
    return await runtime.store.all(select(ArgusReleasePlan).where(release_id=uuid_of(release_id)))


@asynccontextmanager
async def naming(store: Store) -> AsyncIterator[None]:
    """Be the only one who names, versions or numbers a plan: names are unique over all releases, numbers within one."""
    async with exclusive(store, "plans", "names"):
        yield


async def check_name(store: Store, name: str | None, version: str | None, own: UUID | None, payload: Any) -> None:
    """Refuse a name and version that another plan has. Plans for no version at all are not compared.

    Raises:
        PlannerServiceException: with the other plan and the request's body.
    """
    if name is None or version is None:
        return
    same = select(ArgusReleasePlan).where(target_version=version, name=name).allow_filtering()  # within the index of the version
    for other in await store.all(same):
        if other.id != own:
            raise PlannerServiceException(f"Found existing plan {name} ({version}) with the same name and version", other, payload)


async def next_key(store: Store, release: ArgusRelease) -> str:
    """The key of a release's next plan: one more than the largest number in use."""
    plans = await store.all(select(ArgusReleasePlan, "id", "key").where(release_id=release.id))
    return f"{release.name}#{max(_numbers(plan.key for plan in plans), default=0) + 1}"


def _numbers(keys: Iterable[str | None]) -> list[int]:
    numbers = ((key or "").rpartition("#")[2] for key in keys)
    return [int(number) for number in numbers if number.isdecimal()]
