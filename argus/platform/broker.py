"""The engine for several hosts: Celery carries an item's id to a worker, which does what the row says (docs/platform.md#several-hosts).

The rows stay the truth. A message that is lost is sent again, one that comes twice finds that the item is somebody's already, and retries,
fences and cancellation are those of every engine.
"""

from __future__ import annotations

import logging

from celery import Celery
from kombu.entity import Exchange, Queue
from kombu.exceptions import KombuError

from argus.db.database import Database
from argus.kit.pools import Purpose
from argus.kit.settings import Settings
from argus.platform import queue
from argus.platform.kinds import QUEUES
from argus.platform.watch import Watch
from argus.runtime import Runtime

log = logging.getLogger("argus.queue")

TASK = "argus.work"
MESSAGES = Purpose("messages", 1, 10)
"""Telling the broker."""
PATIENCE = 5.0  # seconds for the broker to answer
HARD_LIMIT = 4500  # seconds until Celery ends the process of a task; every attempt ends itself before (`Kind.soft_seconds`)
TASKS_OF_A_CHILD = 100
LEAVING = 20.0  # seconds that running work has when a worker leaves


def celery_app(settings: Settings) -> Celery:
    """Celery, as this installation uses it."""
    app = Celery("argus", broker=settings.broker_url, set_as_current=False)
    app.conf.update(
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        task_time_limit=HARD_LIMIT,
        task_default_queue="default",
        task_queues=[Queue(name, Exchange("argus"), routing_key=name) for name in QUEUES],
        task_create_missing_queues=False,
        worker_prefetch_multiplier=1,
        worker_max_tasks_per_child=TASKS_OF_A_CHILD,
        worker_hijack_root_logger=False,
        worker_soft_shutdown_timeout=LEAVING,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_retry_on_startup=True,
        broker_transport_options={"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE, "visibility_timeout": 2 * HARD_LIMIT},
    )
    return app


class Sender(Watch):
    """Tells the broker of what is due: at once when this process has put it, else within a second; again after a minute."""

    def __init__(self, runtime: Runtime, database: Database) -> None:
        super().__init__(database, QUEUES)
        self._runtime = runtime
        self._app = celery_app(runtime.settings)
        transport = self._app.connection_for_write()
        self._refusals: tuple[type[Exception], ...] = (KombuError, OSError, *transport.connection_errors, *transport.channel_errors)

    async def tend(self) -> None:
        """Tell of what waits; who was told of it last is in its row."""
        async with self._database.reading() as session:
            if not await queue.any_to_send(session):
                return
        async with self._database.transaction() as session:
            mine = await queue.to_send(session)
        left = await self._runtime.blocking(MESSAGES, self._send, mine) if mine else []
        if left:
            async with self._database.transaction() as session:
                await queue.not_sent(session, left)

    async def stop(self) -> None:
        await super().stop()
        await self._runtime.blocking(MESSAGES, self._app.close)

    def _send(self, items: list[tuple[str, str]]) -> list[str]:
        """Those of which the broker could not be told."""
        left: list[str] = [item_id for item_id, _ in items]
        try:
            with self._app.connection_for_write() as connection, self._app.amqp.Producer(connection) as producer:
                for item_id, name in items:
                    self._app.send_task(TASK, args=[item_id], queue=name, producer=producer, retry=False, task_id=item_id)
                    left.remove(item_id)
        except self._refusals as problem:
            log.warning("%d items wait for the broker: %s", len(left), type(problem).__name__)
        return left
