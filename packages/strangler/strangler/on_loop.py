"""Views on the event loop: a view that waits through the portal alone needs no thread while it waits.

Each runs in a greenlet of its own. Where it would wait, the greenlet hands what it waits for to the task below it, which awaits that as
any other task does, and goes on with the outcome. What else the view does holds the loop, as in a handler of FastAPI.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from greenlet import getcurrent, greenlet
else:
    try:
        from greenlet import getcurrent, greenlet
    except ModuleNotFoundError:  # an extra: without it every view has a thread
        getcurrent, greenlet = None, object

T = TypeVar("T")

AVAILABLE = getcurrent is not None
"""Whether views can run on the loop here."""


class _View(greenlet):  # type: ignore[misc]  # it has no annotations
    """One run of a view; its parent is the greenlet of the task that drives it."""


def is_view() -> bool:
    """Whether this code runs in a view on the loop."""
    return AVAILABLE and isinstance(getcurrent(), _View)


def wait(wanted: Awaitable[T]) -> T:
    """From such a view: the outcome of something to be awaited. Raises what that raises."""
    below = getcurrent().parent
    assert below is not None
    return cast(T, below.switch(wanted))


async def drive(view: Callable[[], None]) -> None:
    """Run a view to its end, in the context of this task. A cancellation of the task is raised where the view waits."""
    below = getcurrent()
    running = _View(view, below)
    running.gr_context = below.gr_context
    wanted: Any = running.switch()
    while not running.dead:
        try:
            outcome = await wanted
        except BaseException as error:
            wanted = running.throw(error)
        else:
            wanted = running.switch(outcome)
