"""A share of callers goes to the other lane, and each keeps its lane."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import pytest
from starlette.types import Scope

from strangler.canary import Caller, Choice, share_of
from strangler.registry import Canary, parse
from support.gateways import make_gateway, running
from support.pair import REGISTRY

pytestmark = pytest.mark.anyio
BOTH = frozenset({"flask", "fastapi"})


def choice(percent: float, **canary: Any) -> Choice:
    return Choice("runs", "flask", BOTH, percent, Canary(percent=percent, **canary))  # type: ignore[arg-type]


async def known(scope: Scope) -> Caller:
    headers = dict(scope["headers"])
    return Caller(headers.get(b"x-user", b"").decode() or None, headers.get(b"x-session", b"").decode() or None, b"x-admin" in headers)


def request(**headers: str) -> Scope:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "headers": raw, "client": ("10.0.0.1", 1)}


def canaried(policy: str) -> Any:
    return parse(
        REGISTRY.replace("  runs: # the runs\n    owner: flask\n", f"  runs: # the runs\n    owner: flask\n    canary: {policy}\n")
    )


@pytest.mark.parametrize("percent", [0, 1, 10, 50, 99, 100])
async def test_the_share_is_as_said_and_everybody_keeps_their_lane(percent: float) -> None:
    steps = choice(percent, sticky="user")
    lanes = {f"user-{n}": await steps.lane(request(x_user=f"user-{n}"), known) for n in range(4000)}
    share = 100 * Counter(lanes.values())["fastapi"] / 4000
    assert abs(share - percent) < 2
    assert all([await steps.lane(request(x_user=user), known) == lane for user, lane in list(lanes.items())[:200]])


async def test_a_larger_share_takes_nobody_out() -> None:
    callers = [request(x_user=f"user-{n}") for n in range(500)]
    small = [await choice(10, sticky="user").lane(each, known) for each in callers]
    large = [await choice(30, sticky="user").lane(each, known) for each in callers]
    assert all(after == "fastapi" for before, after in zip(small, large, strict=True) if before == "fastapi")


def test_two_blueprints_do_not_try_their_canaries_on_the_same_people() -> None:
    assert sum(share_of("runs", str(n)) < 1000 and share_of("files", str(n)) < 1000 for n in range(10_000)) < 200


async def test_who_has_no_login_is_known_by_the_next_weaker_thing() -> None:
    steps = choice(50, sticky="user")
    for n in range(50):
        assert await steps.lane(request(x_session=f"s{n}"), known) == await choice(50, sticky="session").lane(
            request(x_session=f"s{n}", x_user="ann"), known
        )
    assert len({await steps.lane(request(), known) for _ in range(50)}) == 1, "one address"


async def test_without_sticky_each_request_is_drawn() -> None:
    drawn = Counter([await choice(50).lane(request(), known) for _ in range(1000)])
    assert 400 < drawn["fastapi"] < 600


async def test_listed_users_go_to_the_other_lane() -> None:
    steps = choice(0, users=("ann",))
    assert await steps.lane(request(x_user="ann"), known) == "fastapi"
    assert await steps.lane(request(x_user="ben"), known) == "flask"


async def test_only_who_may_chooses_a_lane_by_header() -> None:
    steps = choice(0, header="X-Try", users=("ann",))
    assert await steps.lane(request(x_try="1"), known) == "flask"
    assert await steps.lane(request(x_try="1", x_admin=""), known) == "fastapi"
    assert await steps.lane(request(x_try="fastapi", x_admin=""), known) == "fastapi"
    assert await steps.lane(request(x_try="flask", x_user="ann", x_admin=""), known) == "flask"


async def test_a_lane_that_lacks_the_route_is_never_chosen() -> None:
    steps = Choice("runs", "flask", frozenset({"flask"}), 100, Canary(percent=100, header="X-Try"))
    assert await steps.lane(request(x_try="fastapi", x_admin=""), known) == "flask"


async def test_through_the_gateway() -> None:
    gateway = make_gateway(source=canaried("{percent: 40, sticky: user, header: X-Try}"), caller_of=known)
    async with running(gateway) as client:
        lanes: dict[str, str] = {}
        for n in range(100):
            first, second = [await client.get("/runs/abc", headers={"x-user": f"u{n}"}) for _ in range(2)]
            assert first.json() == {"name": "abc"}
            assert first.headers["x-lane-lane"] == second.headers["x-lane-lane"]
            lanes[f"u{n}"] = first.headers["x-lane-lane"]
        assert 20 < Counter(lanes.values())["fastapi"] < 60
        assert (await client.get("/runs/abc", headers={"x-try": "fastapi", "x-admin": ""})).headers["x-lane-lane"] == "fastapi"
        assert (await client.get("/whoami")).headers["x-lane-lane"] == "flask", "no canary there"


async def test_a_route_without_canary_pays_one_lookup() -> None:
    gateway = make_gateway(source=canaried("{percent: 40, sticky: user}"))
    target = gateway.table.lookup("GET", "/whoami").target  # type: ignore[union-attr]
    steered = gateway.table.steered
    since = time.thread_time()
    for _ in range(10_000):
        assert steered.get(target) is None
    assert (time.thread_time() - since) / 10_000 < 2e-6
