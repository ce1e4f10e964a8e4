"""Machines and the like that a cluster test run uses (docs/contract/client.md#resources; docs/contract/plugins.md#resources)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from argus.domain.runs import edit
from argus.domain.swap import swap
from argus.kit.clock import now_s
from argus.kit.errors import SCTServiceException
from argus.kit.parse import enum_of, need, uuid_of
from argus.models.enums import ResourceState
from argus.plugins.sct.model import SCTResource
from argus.plugins.sct.runs import run_of
from argus.plugins.sct.types import CloudInstanceDetails
from argus.runtime import Runtime
from argus.storage.statements import Update, select, update

RUNNER = "sct-runner"


async def set_runner(runtime: Runtime, run_id: str, body: Mapping[str, Any]) -> None:
    """Say on which machine the test itself runs; the machine becomes a resource unless one of its name is known.

    Raises:
        KeyError: `public_ip`, `private_ip`, `region` or `backend` is missing.
        SCTServiceException: no such run.
    """
    machine = CloudInstanceDetails(
        public_ip=need(body, "public_ip"),
        private_ip=need(body, "private_ip"),
        region=need(body, "region"),
        provider=need(body, "backend"),
    )
    run = await run_of(runtime, run_id, "id")
    await runtime.store.write(edit(run).set(sct_runner_host=machine))
    name = body.get("name") or RUNNER
    await runtime.store.create(SCTResource.model_construct(run_id=run.id, name=name, resource_type=RUNNER, instance_info=machine))


async def all_resources(runtime: Runtime, run_id: str) -> list[SCTResource]:
    """Every resource of a run, by name; empty for an unknown run."""
    return await runtime.store.all(select(SCTResource).where(run_id=uuid_of(run_id)))


async def get_resource(runtime: Runtime, run_id: str, name: str) -> SCTResource:
    """One resource.

    Raises:
        DocumentNotFound
    """
    return await runtime.store.get(SCTResource, run_id=uuid_of(run_id), name=name)


async def create_resource(runtime: Runtime, run_id: str, resource: Mapping[str, Any]) -> None:
    """Add a resource; one of that name stays as it is.

    Args:
        resource: `name`, `resource_type`, `state` (running), `instance_details` (fields of `CloudInstanceDetails`, others are ignored).

    Raises:
        KeyError: `instance_details` or `name` is missing.
        SCTServiceException: no such run.
    """
    machine = CloudInstanceDetails(**need(resource, "instance_details"))
    name, state = need(resource, "name"), resource.get("state", ResourceState.RUNNING.value)
    run = await run_of(runtime, run_id, "id")
    row = SCTResource.model_construct(
        run_id=run.id, name=name, state=state, resource_type=resource.get("resource_type"), instance_info=machine
    )
    await runtime.store.create(row)


async def terminate_resource(runtime: Runtime, run_id: str, name: str, reason: str) -> None:
    """Note that a resource is gone, and why. Any name with `sct-runner` in it means the run's runner, whatever that is called.

    Raises:
        SCTServiceException: no such resource.
    """
    run = uuid_of(run_id)
    if RUNNER in name:
        names = [row.name for row in await runtime.store.all(select(SCTResource, "run_id", "name").where(run_id=run))]
        name = next((known for known in names if RUNNER in known), name)

    def terminated(resource: SCTResource) -> dict[str, Any]:
        details = {"termination_reason": reason, "termination_time": now_s()}
        return {"state": ResourceState.TERMINATED.value, "instance_info": _with(resource, details)}

    await _change(runtime, run, name, terminated)


async def update_shards(runtime: Runtime, run_id: str, name: str, shards: int) -> None:
    """Set how many shards a node has.

    Raises:
        SCTServiceException: no such resource.
    """
    await _change(runtime, uuid_of(run_id), name, lambda resource: {"instance_info": _with(resource, {"shards_amount": shards})})


async def update_resource(runtime: Runtime, run_id: str, name: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Set state and known fields of a resource; unknown fields are ignored.

    Returns:
        `{"state": "updated", "fields": …}`, with the fields of `instance_info` that were taken.

    Raises:
        SCTServiceException: no such resource.
        ValueError: no such state.
    """
    fields = {key: value for key, value in (changes.get("instance_info") or {}).items() if key in CloudInstanceDetails.model_fields}

    def updated(resource: SCTResource) -> dict[str, Any]:
        values: dict[str, Any] = {}
        if changes.get("state") is not None:
            values["state"] = enum_of(ResourceState, changes["state"]).value
        if fields:
            values["instance_info"] = _with(resource, fields)
        return values

    await _change(runtime, uuid_of(run_id), name, updated)
    return {"state": "updated", "fields": fields}


def _with(resource: SCTResource, fields: Mapping[str, Any]) -> CloudInstanceDetails:
    known = resource.instance_info or CloudInstanceDetails()
    return CloudInstanceDetails(**{**known.__dict__, **fields})


async def _change(runtime: Runtime, run_id: UUID, name: str, compute: Callable[[SCTResource], dict[str, Any]]) -> None:
    def changed(resource: SCTResource) -> Update | None:
        values = compute(resource)
        return update(SCTResource, **resource.primary_key_values()).set(**values) if values else None

    row = SCTResource(run_id=run_id, name=name)
    if await swap(runtime.store, row, ("instance_info",), changed, anchor="state") is None:
        raise SCTServiceException("Resource not found", name)
