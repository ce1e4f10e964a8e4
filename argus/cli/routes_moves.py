"""What the commands below `argus routes` that edit the registry are about: Argus' applications, store and settings."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import typer

import argus
from argus.cli.registry_file import applications, file_of, problems_of
from argus.cli.stores import open_at
from argus.kit.settings import load_settings
from argus.models.gateway import GatewayJournal, GatewayOverride, GatewayReport
from argus.storage.store import Store
from argus.web.gateway_state import StoredState
from strangler import moves
from strangler.audit import Audit
from strangler.evidence import commit_of

STATE_MODELS = (GatewayJournal, GatewayOverride, GatewayReport)
PARITY = "parity.json"


def subject_of(context: typer.Context, registry: Path | None) -> moves.Subject:
    """The registry that was given, else the settings'. Raises Failure where there is none."""
    settings = load_settings()
    return moves.Subject(
        file=file_of(registry),
        parity=settings.DATA_DIR / PARITY,
        state=_state,
        must_serve=partial(moves.must_agree, problems_of),
        audit=lambda: Audit(applications(settings)[0]),
        commit=commit_of(Path(argus.__file__).parent),
    )


@asynccontextmanager
async def _state() -> AsyncIterator[StoredState]:
    """The state that the servers of these settings share."""
    settings = load_settings()
    async with open_at(settings.storage_url, settings, STATE_MODELS) as store:
        yield state_in(store)


def state_in(store: Store) -> StoredState:
    """What the gateways of a store share."""

    async def opened() -> Store:
        return store

    return StoredState(opened)
