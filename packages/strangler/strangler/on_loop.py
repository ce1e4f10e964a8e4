"""Views on the event loop: a view that waits through the portal alone needs no thread while it waits.

Each runs in a greenlet of its own. Where it would wait, the greenlet hands what it waits for to the task below it, which awaits that as
any other task does, and goes on with the outcome. What else the view does holds the loop, as in a handler of FastAPI.

A greenlet that has run its view is kept for another: to make one takes as long as a small view, as Python maps memory for its frames.
"""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from greenlet import GreenletExit, getcurrent, greenlet
else:
    try:
        from greenlet import GreenletExit, getcurrent, greenlet
    except ModuleNotFoundError:  # an extra: without it every view has a thread
        getcurrent, greenlet, GreenletExit = None, object, None

T = TypeVar("T")

AVAILABLE = getcurrent is not None
"""Whether views can run on the loop here."""
IDLE = 100
"""How many greenlets a thread keeps, at 16 kB each."""


class _View(greenlet):  # type: ignore[misc]  # it has no annotations
    """Runs views, one after the other; its parent is the greenlet of the task that drives it."""

    def __init__(self) -> None:
        super().__init__(_run_views)
        self.ends = False


_DONE = object()
"""What a greenlet hands down when its view has ended."""


class _Idle(threading.local):
    """Greenlets that wait for a view; each belongs to its thread."""

    def __init__(self) -> None:
        self.views: list[_View] = []


_idle = _Idle()


def _run_views(view: Callable[[], None]) -> None:
    """What a view raises ends its greenlet, and is raised where that is driven. No frame here names the greenlet to which it belongs: it
    would keep it for ever."""
    view()
    while not getcurrent().ends:
        del view
        view = getcurrent().parent.switch(_DONE)
        view()


def is_view() -> bool:
    """Whether this code runs in a view on the loop."""
    return AVAILABLE and isinstance(getcurrent(), _View)


def wait(wanted: Awaitable[T]) -> T:
    """From such a view: the outcome of something to be awaited. Raises what that raises."""
    try:
        return cast(T, getcurrent().parent.switch(wanted))
    except GreenletExit:  # the view may take it for an error as any other
        getcurrent().ends = True
        raise


async def drive(view: Callable[[], None]) -> None:
    """Run a view to its end, in the context of this task. A cancellation of the task is raised where the view waits.

    Raises what the view raises.
    """
    below, idle = getcurrent(), _idle.views
    running = idle.pop() if idle else _View()
    running.parent, running.gr_context = below, below.gr_context
    wanted: Any = running.switch(view)
    while wanted is not _DONE and not running.dead:
        try:
            outcome = await wanted
        except BaseException as error:
            wanted = running.throw(error)
        else:
            wanted = running.switch(outcome)
    if not running.dead and len(idle) < IDLE:
        running.gr_context = None  # with all that the request has put there
        idle.append(running)
