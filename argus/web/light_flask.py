"""Flask, without the work for each request that this application has no use for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, NoReturn

from flask import Flask, Request
from werkzeug.routing import Map, MapAdapter, Rule

_PLAIN_HOST = re.compile(r"(?=.{1,60}$)[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::[0-9]+)?")

Whole = dict[tuple[str, str], Rule]
"""What matches a method and a path, of the rules that read nothing out of a path."""


class LightFlask(Flask):
    """An application whose views and hooks are plain functions."""

    @cached_property
    def whole_paths(self) -> Whole:
        """Looked up at once: werkzeug walks from part to part, and ends at the same rule, since it tries what is written out first."""
        return _whole_paths(self.url_map)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """None of ours is a coroutine function; Flask would look at each, at each request."""
        return func

    def raise_routing_exception(self, request: Request) -> NoReturn:
        """As Flask does; but the request does not keep it, whose traceback leads to the request, which then waits for the collector."""
        if self.debug:  # Flask may say more then
            super().raise_routing_exception(request)
        raise vars(request).pop("routing_exception")

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Bound to the request as Flask binds it, without encoding a host that needs none."""
        said = self.config
        if request is None or said["SERVER_NAME"] or said["TRUSTED_HOSTS"] or self.url_map.host_matching:
            return super().create_url_adapter(request)
        environ = request.environ
        host, root, path = request.host.lower(), environ.get("SCRIPT_NAME", ""), environ.get("PATH_INFO", "")
        if not (_PLAIN_HOST.fullmatch(host) and root.isascii() and path.isascii()) or "HTTP_UPGRADE" in environ:
            return super().create_url_adapter(request)
        query, default, method = environ.get("QUERY_STRING", ""), self.url_map.default_subdomain, request.method
        found = self.whole_paths.get((method, path))
        bound = (self.url_map, host, root, default, request.scheme, path, method, query)
        return MapAdapter(*bound) if found is None else _Found(found, *bound)


class _Found(MapAdapter):
    """Bound to a request of which it is known what it matches."""

    def __init__(self, found: Rule, *bound: Any) -> None:
        super().__init__(*bound)
        self.found = found

    def match(self, *args: Any, **asked: Any) -> tuple[Any, Mapping[str, Any]]:
        return (self.found, {}) if not args and asked == {"return_rule": True} else super().match(*args, **asked)


def _whole_paths(urls: Map) -> Whole:
    found: Whole = {}
    twice: set[tuple[str, str]] = set()
    rules = [] if any(rule.defaults for rule in urls.iter_rules()) else list(urls.iter_rules())  # those lead from one rule to another
    for rule in rules:
        if rule.arguments or rule.websocket or rule.alias or rule.redirect_to or rule.subdomain or rule.methods is None:
            continue
        for key in ((method, rule.rule) for method in rule.methods):
            twice |= {key} & found.keys()
            found[key] = rule
    return {key: each for key, each in found.items() if key not in twice}
