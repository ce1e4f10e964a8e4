"""Live: what changed, told to whoever looks at it, in every process.

    hub = hub_of(runtime)
    hub.publish(f"run:{run.id}", Change("run", {"status": "failed"}))       # after the write is acknowledged; never waits
    async with hub.subscribe(["run:…", "user:…"], since=seq) as subscription:
        async for message in subscription: ...

Two ways lead out: server-sent events (`features/tracker/live`) and WebSockets. docs/live.md tells what is promised.
"""

from argus.live.backend import hub_of
from argus.live.hub import Hub, SlowSubscriber, Subscription
from argus.live.message import RESYNC, Change, Message

__all__ = ["RESYNC", "Change", "Hub", "Message", "SlowSubscriber", "Subscription", "hub_of"]
