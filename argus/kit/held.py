"""Whether a thread of a lane stands still until the work that is going on has ended: there are few of them."""

from __future__ import annotations

from contextvars import ContextVar

holds_a_thread: ContextVar[bool] = ContextVar("holds_a_thread", default=False)
