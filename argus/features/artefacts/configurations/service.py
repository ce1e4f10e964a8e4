"""Configurations: versions of a document type, one of them active."""

from __future__ import annotations

from sqlalchemy import Select, func, select, update
from sqlalchemy.exc import IntegrityError

from argus.db.base import moment
from argus.features.artefacts.configurations.schemas import ConfigurationView, NewConfiguration, Payload
from argus.features.artefacts.configurations.tables import Configuration
from argus.features.artefacts.extraction.tables import Job
from argus.platform import events
from argus.platform.context import ServiceContext
from argus.platform.errors import Conflict, NotFound

ENTITY = "configuration"
TRIES = 20  # versions that are tried when others make some of the same type
EVERYTHING = "any"
"""The document type whose first version every workspace gets when it needs one: every table as it is."""


def listed(context: ServiceContext, document_type: str | None, is_active: bool | None) -> Select[Configuration]:
    """The configurations of the workspace."""
    found = select(Configuration).where(Configuration.workspace_id == context.workspace_id)
    if document_type is not None:
        found = found.where(Configuration.document_type == document_type)
    if is_active is not None:
        found = found.where(Configuration.is_active.is_(is_active))
    return found


async def get(context: ServiceContext, configuration_id: str) -> Configuration:
    """A configuration of the workspace.

    Raises:
        NotFound: there is none, or it is another workspace's.
    """
    found = await context.session.get(Configuration, configuration_id)
    if found is None or found.workspace_id != context.workspace_id:
        raise NotFound("configuration_not_found", "Configuration not found")
    return found


async def active(context: ServiceContext, document_type: str) -> Configuration | None:
    """The version of a document type that counts."""
    return (await context.session.scalars(listed(context, document_type, True))).one_or_none()


async def create(context: ServiceContext, body: NewConfiguration) -> Configuration:
    """Make the next version of a document type; the first one of a type is active at once.

    Raises:
        Conflict: others made versions of the type in each of twenty tries.
    """
    for _ in range(TRIES):
        highest = await context.session.scalar(
            select(func.max(Configuration.version)).where(
                Configuration.workspace_id == context.workspace_id, Configuration.document_type == body.document_type
            )
        )
        made = Configuration(
            workspace_id=context.workspace_id,
            document_type=body.document_type,
            title=body.title,
            version=(highest or 0) + 1,
            is_active=highest is None,
            activated_at=moment() if highest is None else None,
            payload=body.payload.model_dump(mode="json"),
            created_by=str(context.user.id),
        )
        try:
            async with context.session.begin_nested():
                context.session.add(made)
        except IntegrityError:
            continue
        about = {"document_type": made.document_type, "version": made.version}
        await events.record(context, "configuration.created", ENTITY, made.configuration_id, payload=about)
        return made
    raise Conflict("version_taken", "Others make versions of this type just now; try again")


async def everything(context: ServiceContext) -> Configuration:
    """The configuration that takes every table as it is, made when it is first needed."""
    found = await active(context, EVERYTHING)
    if found is not None:
        return found
    return await create(context, NewConfiguration(document_type=EVERYTHING, title="Every table as it is", payload=Payload()))


async def activate(context: ServiceContext, configuration_id: str) -> Configuration:
    """Let a version count instead of the one that did.

    Raises:
        NotFound: as `get`.
        Conflict: another one was activated at the same time.
    """
    chosen = await get(context, configuration_id)
    if chosen.is_active:
        return chosen
    others = update(Configuration).where(
        Configuration.workspace_id == chosen.workspace_id,
        Configuration.document_type == chosen.document_type,
        Configuration.is_active.is_(True),
    )
    await context.session.execute(others.values(is_active=False))
    chosen.is_active = True
    chosen.activated_at = moment()
    try:
        await context.session.flush()
    except IntegrityError:
        raise Conflict("activated_meanwhile", "Another version was activated just now") from None
    await events.record(context, "configuration.activated", ENTITY, configuration_id, payload={"version": chosen.version})
    return chosen


async def remove(context: ServiceContext, configuration_id: str) -> None:
    """Delete a version that neither counts nor was used.

    Raises:
        NotFound: as `get`.
        Conflict: it is active, or a job used it.
    """
    found = await get(context, configuration_id)
    if found.is_active:
        raise Conflict("configuration_active", "The configuration is active")
    if (await context.session.scalar(select(Job.job_id).where(Job.configuration_id == configuration_id).limit(1))) is not None:
        raise Conflict("configuration_used", "A job used the configuration")
    await context.session.delete(found)
    try:
        await context.session.flush()
    except IntegrityError:  # a job of just now
        raise Conflict("configuration_used", "A job used the configuration") from None
    await events.record(context, "configuration.deleted", ENTITY, configuration_id, payload={"version": found.version})


def view_of(found: Configuration) -> ConfigurationView:
    """A configuration as it is answered."""
    return ConfigurationView(**{name: getattr(found, name) for name in ConfigurationView.model_fields})
