"""The Jinja environment of pages and mails."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from argus.templating.filters import FILTERS

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


STRANGERS = ("login.html.j2", "base.html.j2", "navbar.html.j2", "theme.html.j2", "error.html.j2", "register.html.j2")


@cache
def environment() -> Environment:
    """Autoescaping is always on; a name that a page was not given is an error.

    What strangers see is compiled at once, which is why a worker asks for it before it serves: twenty threads that all need a page for the
    first time would all compile it, and hold the event loop for half a second.
    """
    env = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    env.filters.update(FILTERS)
    for page in STRANGERS:
        env.get_template(page)
    return env


def render(template: str, **context: Any) -> str:
    """A template's text."""
    return environment().get_template(template).render(**context)
