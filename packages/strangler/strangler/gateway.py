"""The gateway: one ASGI application in front of a FastAPI and a Flask application."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from werkzeug.routing import BaseConverter

from strangler import portal as portals
from strangler.audit import Audit
from strangler.bridge import Bridge
from strangler.canary import CallerOf, anybody
from strangler.compare import Answer
from strangler.control import Control
from strangler.disabled import deny, feature_disabled
from strangler.drain import PERIOD, Drain
from strangler.ending import end
from strangler.environ import below_prefix, below_root
from strangler.fastapi_lane import Telemetry, endpoints, hand_over, install
from strangler.flask_context import FlaskAnswered, answered
from strangler.flask_lane import BridgeName, FlaskLike, configured_limit, flask_lane, flask_side, share_form_limits
from strangler.heads import each_once
from strangler.hosts import Asked, Hosts
from strangler.marking import marking
from strangler.observation import OBSERVED, FailedOf, Note, Observation, by_status
from strangler.portal import Portal
from strangler.recording import played
from strangler.registry import SOCKET, Lane, Registry, RegistryError
from strangler.reload import LiveTable
from strangler.remote import Remote
from strangler.remote_lane import RemoteLane
from strangler.sending import plain
from strangler.shadow import Shadow
from strangler.sockets import Sockets
from strangler.state import SharedState
from strangler.steering import Steered
from strangler.table import Table, compile_table
from strangler.target import FORCED, Match, Target
from strangler.target import LANE as LANE
from strangler.target import MATCH as MATCH
from strangler.traffic import Traffic
from strangler.unmatched import Unmatched
from strangler.uploads import UploadLimits, Uploads, may_have_body
from strangler.urls import Urls
from strangler.workers import default_state
from strangler.wsgi_job import WsgiApp

GATEWAY = "gateway"
MIND_EVERY = 1.0  # seconds
NOTES = 4096  # kinds of requests of which is remembered whom to tell
GIVEN_UP_SECONDS = 3.0  # seconds for threads whose requests the server has given up, or that serve nobody any more

Watcher = Callable[[Target | None, Lane, float | None, bool], None]
"""Takes the route, the lane, the seconds until the answer began, and whether it failed; no seconds where an answer that was taken for good
has failed after all."""

log = logging.getLogger(__name__)


class Gateway:
    """Serves each request by the lane that the registry names.

    The match of a request is `scope["gateway.match"]` (a `Match`, or None where no listed route matched), the lane that serves it
    `scope["gateway.lane"]`, what is seen of it `scope["strangler.observed"]`, the gateway itself `scope["gateway"]`.
    """

    def __init__(
        self,
        fastapi_app: FastAPI,
        flask_app: FlaskLike | Remote | None,
        registry: Path | Registry,
        *,
        wsgi_app: WsgiApp | None = None,
        bridge: BridgeName = "own",
        threads: int = 20,
        queue: int = 200,
        deadline: float | None = None,
        on_loop: bool = False,
        uploads: Uploads | None = None,
        lane: Lane | None = None,
        portal: Portal | None = None,
        converters: Mapping[str, type[BaseConverter]] | None = None,
        header_prefix: str = "X-Lane-",
        prefix: str = "",
        drain_period: float = PERIOD,
        around: Callable[[ASGIApp], ASGIApp] | None = None,
        around_sockets: Callable[[ASGIApp], ASGIApp] | None = None,
        sockets: Sockets | None = None,
        disabled: ASGIApp = feature_disabled,
        shadow: Shadow | None = None,
        state: SharedState | None = None,
        caller_of: CallerOf = anybody,
        failed_of: FailedOf = by_status,
        watchers: Sequence[Watcher] = (),
        commit: str | None = None,
    ) -> None:
        """Raises RegistryError when registry and applications contradict each other, ValueError when `prefix` is no path.

        `flask_app` is a `Remote` where Flask serves elsewhere, and None when it is gone; the gateway then answers what no route matches,
        and `converters` are those of the rules that need their own. `wsgi_app` is what to call for Flask when middleware stands around it.
        `on_loop` says that Flask's views wait for nothing but what they await through the portal: they then need no thread (`Bridge`).
        `uploads` says what bodies may cost on either lane; without it the limit is Flask's `MAX_CONTENT_LENGTH`.
        `lane` serves everything that exists in it. `prefix`, such as `/app`, stands before every path and is no part of any route, where
        neither the server nor a proxy takes it away: it is added to the request's `root_path`, and other paths are 404.
        `around` puts ASGI middleware around both lanes, for requests only: what it reads from the scope after the call is what the gateway
        found. `around_sockets` does so for WebSockets, of which `sockets` bounds the number. `disabled` answers the requests of a blueprint
        that the registry has switched off; their match is in the scope. Without a `shadow` nothing is played on the other lane, whatever
        the registry says. `state` is what several workers share; when it is not given, a file of this host, and memory where one worker
        serves. `caller_of` tells who sends a request, for canaries. `failed_of` tells from an answer whether the request failed; what the
        applications say themselves (`observation.failed`) counts besides. `watchers` are told of every answer, as `metrics.Metrics` is.
        `commit` is what serves: a cut-over takes no evidence of another one. Times are in seconds.
        """
        self.fastapi_app = fastapi_app
        self.flask_app = None if isinstance(flask_app, Remote) else flask_app
        if prefix and (not prefix.startswith("/") or prefix.endswith("/")):
            raise ValueError(f"prefix={prefix!r}: expected a path such as '/app'")
        self._prefix = prefix
        self.lane = lane
        self.commit = commit
        self.portal = portal or Portal()
        self.drain = Drain(drain_period)
        self.uploads = uploads or Uploads(UploadLimits(most=configured_limit(flask_app)))
        self.uploads.leaving = lambda: self.drain.active
        self.sockets = sockets or Sockets()
        self.drain.leaving = self.sockets.leave
        self._disabled = disabled
        self._serve = around(self._http) if around else self._http
        self._serve_socket = around_sockets(self._socket) if around_sockets else self._socket
        self.bridge = flask_lane(flask_app, wsgi_app, bridge, threads=threads, queue=queue, deadline=deadline, on_loop=on_loop)
        self.shadow = shadow
        if shadow is not None:
            shadow.busy = self._is_busy
            shadow.failed_of = failed_of
        self.control = Control(state or default_state(registry), lambda: self.live.table)
        self.traffic = Traffic()
        self.control.reports.topics["traffic"] = self.traffic.report
        if shadow is not None:
            self.control.reports.topics["shadow"] = lambda: [record.as_dict() for record in shadow.records()]
        self._caller_of = caller_of
        self._failed_of = failed_of
        self._watchers = tuple(watchers)
        self._notes = lru_cache(NOTES)(self._notes_of)
        self.header_prefix = header_prefix
        self._converters = converters
        self._lane_header = f"{header_prefix}Lane".lower().encode("latin-1")
        self._table_header = f"{header_prefix}Table".lower().encode("latin-1")
        fastapi_app.router.redirect_slashes = False
        share_form_limits(flask_app, fastapi_app)
        self._telemetry = Telemetry(fastapi_app)
        urls = Urls(lambda: self.live.table)
        install(fastapi_app, urls.for_fastapi)
        if self.flask_app is not None and hasattr(self.flask_app, "url_build_error_handlers"):
            self.flask_app.url_build_error_handlers.append(urls.for_flask)
        fastapi_app.add_exception_handler(FlaskAnswered, answered)
        self.side = flask_side(flask_app, wsgi_app)
        self._hosts = self.side.hosts if self.side is not None else Hosts()
        self._unmatched = Unmatched(fastapi_app, self.side)
        self.audit = Audit(self.flask_app, is_elsewhere=isinstance(flask_app, Remote))
        self.live = LiveTable(registry, self._compile, self.control.files.edited)
        self._began = False
        self._minding: asyncio.Task[None] | None = None
        if self.side is not None and (refused := self.side.sockets()):
            log.warning("Flask's WebSockets are refused, for WSGI has none: %s", ", ".join(refused))

    @property
    def table(self) -> Table:
        """The table that serves."""
        return self.live.table

    @property
    def ready(self) -> bool:
        """Whether new requests should be sent here."""
        return not self.drain.active

    def state(self) -> dict[str, Any]:
        """What an operator wants to know: table, last refusal, readiness, what the Flask lane is at, open WebSockets."""
        pools = self.bridge.pools if isinstance(self.bridge, Bridge) else None
        threads = {**pools.shared.state(), "own": {name: pool.state() for name, pool in pools.own.items()}} if pools else None
        remote = {"url": self.bridge.remote.url, "active": self.bridge.active} if isinstance(self.bridge, RemoteLane) else None
        on_loop = self.bridge.running_on_loop if isinstance(self.bridge, Bridge) else None
        lanes = {"flask_threads": threads, "flask_on_loop": on_loop, "flask_remote": remote, "sockets": self.sockets.open}
        return {**self.live.state(), "ready": self.ready, "lane": self.lane, **lanes}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
            return
        if "app" in scope:  # it is mounted below another application
            if not self._began:
                self._begin_late()
            scope.pop("router", None)  # which knows none of the names here
            scope["app_root_path"] = scope.get("root_path", "")
        if self._prefix and not below_prefix(scope, self._prefix):
            await (plain(send, 404, b"Not Found", []) if scope["type"] == "http" else send({"type": "websocket.close"}))
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._serve_socket(scope, receive, send)
        else:
            await self.fastapi_app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["headers"] = each_once(scope["headers"])
        table = self.live.table
        asked = self._asked(table, scope)
        match = table.lookup(*asked)
        target = match.target if match is not None else None
        scope[GATEWAY] = self
        scope[MATCH] = match
        steered = table.steered.get(target) if target is not None else None
        forced: Any = scope.get(FORCED)
        if target is None:
            lane: Lane = self._unmatched.lane(table, scope, asked)
        elif target.is_unclaimed and self.side is not None and self.side.answers(asked):
            match = target = scope[MATCH] = None
            lane = "flask"
        elif not target.is_enabled:
            match = target = None
            lane = self._unmatched.answered(scope, self._disabled)
        elif forced in target.lanes:
            lane = forced
        else:
            lane = target.lane if steered is None else await steered.choice.lane(scope, self._caller_of)
        scope[LANE] = lane
        observed = scope[OBSERVED] = Observation(scope, self._failed_of, self._notes(target, lane, steered) if forced is None else ())
        headers = [(self._lane_header, lane.encode()), (self._table_header, table.hash.encode())]
        receive, marked = observed.receiving(receive), marking(scope, send, observed, headers, self.drain)
        watched = self.shadow.watch(match, lane, scope) if self.shadow is not None and match is not None and forced is None else None
        if watched is not None:
            receive, marked = watched.body.receiving(receive), watched.sending(marked)
        try:
            if may_have_body(scope):
                await self.uploads.serve(partial(self._in_lane, lane, match), scope, receive, marked)
            else:
                await self._in_lane(lane, match, scope, receive, marked)
        except Exception as error:
            observed.raised(error)
            if observed.cut or isinstance(error, ClientDisconnect):
                log.debug("%s %s: its client has left", scope["method"], scope["path"])
                return
            raise
        observed.ended()
        if watched is not None:
            watched.play(observed, self._in_lane)

    def _asked(self, table: Table, scope: Scope) -> Asked:
        root: str = scope.get("root_path", "")
        path = below_root(scope["path"], root) if root else scope["path"]
        return Asked(scope.get("method", SOCKET), path, self._hosts.of(scope) if table.has_hosts else None)

    def match_of(self, scope: Scope) -> Match | None:
        """The match of a request by the table that serves."""
        table = self.live.table
        return table.lookup(*self._asked(table, scope))

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A WebSocket: FastAPI finds its endpoint by its own scan, and a remote application of Flask by its rules."""
        table = self.live.table
        match = table.lookup_socket(*self._asked(table, scope)[1:])
        scope[GATEWAY], scope[MATCH] = self, match
        if match is not None and not match.target.is_enabled:
            await deny(self._disabled, scope, send)
            return
        steered = table.steered.get(match.target) if match is not None else None
        if match is None or match.target.is_unclaimed:
            lane: Lane = "flask" if self.side is not None and self.side.takes_sockets else "fastapi"
        else:
            lane = match.target.lane if steered is None else await steered.choice.lane(scope, self._caller_of)
        scope[LANE] = lane
        observed = scope[OBSERVED] = Observation(scope, by_status, self._notes(match.target if match is not None else None, lane, steered))
        app = self.fastapi_app if lane == "fastapi" or self.bridge is None else self.bridge
        await self.sockets.serve(app, scope, receive, send, observed)

    def _notes_of(self, target: Target | None, lane: Lane, steered: Steered | None) -> tuple[Note, ...]:
        """Who wants to know how long an answer took and whether it failed."""
        watchers = tuple(partial(watcher, target, lane) for watcher in self._watchers)
        if target is None:
            return watchers
        counted = partial(self.traffic.note, target, lane)
        return (counted, *watchers) if steered is None else (counted, partial(steered.note, lane), *watchers)

    def _in_lane(self, lane: Lane, match: Match | None, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if lane == "fastapi":
            if match is not None:
                hand_over(match.target.api, match.params, scope, self._telemetry)
            return self.fastapi_app(scope, receive, send)
        assert self.bridge is not None
        portals.choose(self.portal)
        return self.bridge(scope, receive, send)

    def _is_busy(self) -> bool:
        """Whether shadowing should leave the threads, or the time that is left, to others."""
        return self.drain.active or (self.bridge is not None and self.bridge.is_busy)

    def compiled(self, registry: Registry) -> Table:
        """The table of another registry, which does not serve by that. Raises RegistryError as an edit would be refused."""
        if self.bridge is not None and not isinstance(self.bridge, Bridge):
            for name, blueprint in registry.blueprints.items():
                if blueprint.threads is not None:
                    raise RegistryError(f"{name} cannot have threads of its own: its Flask is remote, or behind a2wsgi")
        rules = [rule.rule for rule in self.flask_app.url_map.iter_rules()] if self.flask_app is not None else []
        return compile_table(
            registry,
            self.flask_app.url_map if self.flask_app is not None else None,
            endpoints(self.fastapi_app),
            lane=self.lane,
            mounted=[rule for rule in rules if self._unmatched.mounts(rule)],
            converters=self._converters,
            side=self.side,
        )

    def _compile(self, registry: Registry) -> Table:
        table = self.compiled(registry)
        if isinstance(self.bridge, Bridge):
            self.bridge.pools.follow({name: each.threads for name, each in registry.blueprints.items() if each.threads})
        if self.lane is None:
            self.control.overrides.steer(table)
        return table

    async def answer_of(self, lane: Lane, match: Match, scope: Scope, body: bytes) -> Answer:
        """The answer of a lane to a request that no client waits for."""
        return await played(partial(self._in_lane, lane, match), scope, body, self._failed_of)

    async def _lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        """FastAPI's lifespan, with the portal attached before it starts, and Flask's threads drained before it ends."""
        self._began = True
        self.portal.attach(asyncio.get_running_loop())

        async def receiving() -> Message:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await self._leave()
            return message

        async def sending(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                self._unmatched.look_again()
                self.live.recompile()
                self._follow()
            await send(message)

        try:
            await self.fastapi_app(scope, receiving, sending)
        finally:
            if self._minding is not None:
                await end(self._minding)
            self.live.stop()
            self.drain.uninstall()

    def _begin_late(self) -> None:
        """Follow registry and shared state from the first request on, below an application that keeps its lifespan to itself."""
        self._began = True
        log.warning("no lifespan reached the gateway, which is mounted: it begins with the first request, and ends with the process")
        self.portal.attach(asyncio.get_running_loop())
        self._unmatched.look_again()
        try:
            self.live.recompile()
        except RegistryError as error:
            log.error("the registry does not agree with the routes that were added since: %s", error)
        self._follow()

    def _follow(self) -> None:
        """Follow the registry and the shared state, and the server's signal to leave."""
        self._minding = asyncio.create_task(self._mind())
        self.live.watch()
        if self.lane is None:
            self.control.start()
        self.drain.install()

    async def _mind(self) -> None:
        """Let the log know when the registry is followed no more, and see who collects telemetry by now."""
        while True:
            self._telemetry.look()
            await asyncio.sleep(MIND_EVERY)
            self.live.stuck()

    async def _leave(self) -> None:
        self.live.stop()
        if left := await self.sockets.left(GIVEN_UP_SECONDS):
            log.warning("%d WebSockets are still open at shutdown", left)
        await self.control.stop()
        if self.shadow is not None:
            await self.shadow.close()
        if self.bridge is not None and (left := await self.bridge.close(GIVEN_UP_SECONDS)):
            log.warning("%d requests of the Flask lane still run at shutdown", left)
        await self.portal.detach()
