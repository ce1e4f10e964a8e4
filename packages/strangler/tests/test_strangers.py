"""What callers whom nobody knows can make up moves no owner and changes no evidence, however much of it there is."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from strangler import uploads
from strangler.registry import Lane, parse
from strangler.shadow import Shadow
from strangler.state import InMemory
from strangler.target import LANE
from strangler.uploads import UploadLimits, Uploads
from support.gateways import make_gateway
from support.pair import REGISTRY
from test_observation import Exchange

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(300)]

GUARD = "{max_error_rate: 0.005, max_latency_ratio: 50, min_requests: 10, window: 300, then: %s}"
CUTS, SLOW, ROUND = 9_000, 1_000, 500


def _policy(owner: Lane) -> str:
    other = "flask" if owner == "fastapi" else "fastapi"
    said = f"    owner: {owner}\n    canary: {{percent: 50}}\n    shadow: {{percent: 100}}\n    guard: {GUARD % other}\n"
    return REGISTRY.replace("  files:\n    owner: fastapi\n", f"  files:\n{said}")


@pytest.mark.parametrize("owner", ["flask", "fastapi"])
async def test_ten_thousand_cut_and_slow_uploads_move_no_owner_and_change_no_evidence(owner: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "LOOK_EVERY", 0.05)
    state = InMemory()
    limits = Uploads(UploadLimits(seconds=0.1, rate=1_000_000))
    gateway = make_gateway(source=parse(_policy(owner)), state=state, uploads=limits, shadow=Shadow())
    gateway.control.start()
    for _ in range(40):
        assert (await Exchange("POST", "/echo", [b"whole"]).through(gateway)).status == 200

    def known() -> tuple[Any, ...]:
        rows = gateway.traffic.report()["routes"]
        assert gateway.shadow is not None
        return sorted((row[:4], row[4], sum(count for _, count in row[5])) for row in rows), list(gateway.shadow.records())

    before = known()
    for number in range(0, CUTS, ROUND):
        kinds = [Exchange("POST", "/echo", [b"x" * (n % 50 + 1)], announced=100_000) for n in range(number, number + ROUND)]
        cut = await asyncio.gather(*(each.through(gateway) for each in kinds))
        assert {each.status for each in cut} <= {None, 408}, "gone, or given up before the loop came to see that"
    for _ in range(0, SLOW, ROUND):
        slow = await asyncio.gather(*(Exchange("POST", "/echo", [b"x"] * 40, pause=0.05).through(gateway) for _ in range(ROUND)))
        assert {each.status for each in slow} <= {408, 503}, "given up by the gateway, or never admitted by a full lane"
    await gateway.control.turn()
    assert await state.overrides() == []
    assert await state.journal(10) == []
    lanes = {target.lane for target in gateway.table.targets if target.template == "/echo"}
    assert (lanes, known()) == ({owner}, before)
    await gateway.control.stop()
    assert gateway.bridge is not None
    await gateway.bridge.close(2)


async def test_the_same_number_of_failures_of_the_lane_does_move_it() -> None:
    """So that the test above could fail."""
    state = InMemory()
    app = make_gateway(source=parse(_policy("fastapi")), state=state, failed_of=lambda scope, status, headers: scope[LANE] == "fastapi")
    app.control.start()
    for _ in range(100):
        await Exchange("POST", "/echo", [b"whole"]).through(app)
    await app.control.turn()
    await app.control.turn()
    assert [override.owner for override in await state.overrides()] == ["flask"]
    await app.control.stop()
