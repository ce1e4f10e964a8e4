"""What the console does: overrides, effective in every worker within a second, written into the journal. The file is not touched."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from strangler.console.errors import BadRequest, ConsoleError, Impossible, NotProven, Outpaced, Unavailable, Unknown
from strangler.console.standing import Standing, seen, standings
from strangler.control import Control
from strangler.evidence import EvidenceError, Records, objections, read_records, shadowed
from strangler.gateway import Gateway
from strangler.registry import Lane
from strangler.state import NotShared, Override

CONSOLE = "console"
SHARED_STATE_SECONDS = 10.0  # seconds for the shared state

log = logging.getLogger(__name__)
T = TypeVar("T")

Words = Annotated[str, StringConstraints(max_length=500, strip_whitespace=True)]


class Asked(BaseModel):
    """What somebody asks for. `seen` is what the page showed of the blueprint: when that has changed since, nothing is done."""

    model_config = ConfigDict(extra="forbid", strict=True)

    blueprint: Annotated[str, StringConstraints(max_length=200)]
    seen: Annotated[str, StringConstraints(max_length=64)]
    why: Words = ""


class AskedCanary(Asked):
    """A share of the callers for the lane that does not own the blueprint; 0 ends the canary."""

    percent: float = Field(ge=0, le=100, allow_inf_nan=False)


class AskedCutover(Asked):
    """The blueprint for FastAPI. `force` does it although records are missing or not clean, and asks for a reason."""

    force: bool = False


async def canary(gateway: Gateway, asked: AskedCanary, who: str) -> list[str]:
    """Give a share of a blueprint's callers to the other lane; routes with a policy of their own keep theirs. Returns what was changed.

    Raises:
        Unknown, Outpaced, Impossible, Unavailable
    """
    found = await _seen(gateway, asked)
    whole = found[0]
    if not whole.is_whole:
        raise Impossible(f"each route of {asked.blueprint} has a policy of its own: edit the registry")
    if len(whole.first.lanes) < 2:
        raise Impossible(f"{asked.blueprint} exists on one lane only")
    wanted = [(whole, whole.wanting(whole.choice.owner, asked.percent, who, _line(asked.why)))]
    return await _carry_out(gateway, asked, wanted, who)


async def cut_over(gateway: Gateway, asked: AskedCutover, who: str, parity: Path | None) -> list[str]:
    """Give a blueprint to FastAPI, without canary; routes that name an owner themselves keep it. Returns what was changed.

    Raises:
        NotProven: a record that it asks for is missing or not clean, and `force` is not set.
        Unknown, Outpaced, Impossible, BadRequest, Unavailable
    """
    found = [each for each in await _seen(gateway, asked) if not each.names_owner]
    _refuse_stuck(asked.blueprint, found, "fastapi")
    against, evidence = await evidence_of(gateway, asked.blueprint, parity)
    if against and not asked.force:
        raise NotProven(*against)
    if against and not asked.why:
        raise BadRequest("say why: a forced cut-over needs a reason")
    forced = f"forced, although {'; '.join(against)}" if against else ""
    wanted = [(each, each.wanting("fastapi", 0, who, _line(asked.why))) for each in found]
    return await _carry_out(gateway, asked, wanted, who, "; ".join(filter(None, (forced, evidence))))


async def roll_back(gateway: Gateway, asked: Asked, who: str) -> list[str]:
    """Give a blueprint back to Flask, with all its routes and without canary. Needs no evidence. Returns what was changed.

    Raises:
        Unknown, Outpaced, Impossible, Unavailable
    """
    found = [each for each in await _seen(gateway, asked) if any("flask" in target.lanes for target in each.targets)]
    if not found:
        raise Impossible(f"{asked.blueprint} exists on FastAPI alone")
    return await _carry_out(gateway, asked, [(each, each.wanting("flask", 0, who, _line(asked.why))) for each in found], who)


async def lift(gateway: Gateway, asked: Asked, who: str) -> list[str]:
    """End all overrides of a blueprint: what the registry says is in force again. Returns what was changed.

    Raises:
        Unknown, Outpaced, Impossible, Unavailable
    """
    return await _carry_out(gateway, asked, [(each, None) for each in await _seen(gateway, asked)], who)


async def evidence_of(gateway: Gateway, name: str, parity: Path | None) -> tuple[list[str], str]:
    """What speaks against the cut-over of a blueprint, and what was found about it.

    Raises:
        Impossible: the parity record cannot be read.
        Unavailable
    """
    records = await records_in(parity)
    told = await reach(gateway.control.state.published("shadow"))
    shadow = shadowed(told, name)
    against = objections(name, gateway.live.registry.blueprints[name], records, shadow, commit=gateway.commit)
    against += gateway.audit.against(gateway.live.registry, name)
    return against, "; ".join(records.said_of(name, shadow))


async def records_in(file: Path | None) -> Records:
    """The records of the suites. Raises Impossible when they cannot be read."""
    try:
        return await asyncio.to_thread(read_records, file) if file is not None else Records()
    except EvidenceError as error:
        raise Impossible(str(error).splitlines()[0]) from error


async def reach(answer: Awaitable[T]) -> T:
    """What the shared state answers. Raises Unavailable."""
    try:
        async with asyncio.timeout(SHARED_STATE_SECONDS):
            return await answer
    except ConsoleError:
        raise
    except NotShared as error:
        raise Impossible(str(error)) from error
    except Exception as error:
        log.exception("console: the shared state does not answer")
        raise Unavailable("the shared state does not answer; look at what is in force before you try again") from error


async def _seen(gateway: Gateway, asked: Asked) -> list[Standing]:
    """What is in force for the blueprint, which is what the caller has seen."""
    if gateway.lane is not None:
        raise Impossible(f"everything is served by {gateway.lane}, whatever is set here: the server was started so")
    overrides = await reach(gateway.control.overrides.refresh())
    found = standings(gateway.table, overrides).get(asked.blueprint)
    if found is None:
        raise Unknown(f"there is no blueprint {asked.blueprint!r}")
    if seen(found) != asked.seen:
        raise Outpaced("it has changed since you looked: nothing was done")
    return found


def _refuse_stuck(name: str, found: list[Standing], owner: Lane) -> None:
    stuck = [f"{target.method} {target.template}" for each in found for target in each.stuck(owner)]
    if stuck:
        raise Impossible(f"{name} cannot move as a whole, {owner} does not have {', '.join(stuck[:5])}{'…' if len(stuck) > 5 else ''}")
    if not found:
        raise Impossible(f"each route of {name} names an owner itself: edit the registry")


async def _carry_out(
    gateway: Gateway, asked: Asked, wanted: list[tuple[Standing, Override | None]], who: str, evidence: str = ""
) -> list[str]:
    """Place or lift what differs from what stands; the first one decides between two who ask at once."""
    steps = [(each, override) for each, override in wanted if each.under(override) != each.choice or (override is None and each.override)]
    if not steps:
        raise Impossible(f"that is in force for {asked.blueprint} already")
    done: list[str] = []
    for each, override in steps:
        if not await reach(_one(gateway.control, each, override, who, _line(asked.why), evidence)):
            raise Outpaced("somebody was faster: " + (f"only {', '.join(done)} was changed" if done else "nothing was done"))
        done.append(each.subject)
    log.warning("console: %s is as %s wants it: %s", ", ".join(done), who, _line(asked.why) or "no reason given")
    return done


def _one(control: Control, each: Standing, override: Override | None, who: str, why: str, evidence: str) -> Awaitable[bool]:
    if override is not None:
        return control.overrides.place(override, each.override, each.choice, CONSOLE, evidence)
    assert each.override is not None
    return control.overrides.lift(each.override, each.filed, who, CONSOLE, why, evidence)


def _line(text: str) -> str:
    return " ".join(text.split())
