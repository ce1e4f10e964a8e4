"""URLs across the lanes: Flask's `url_for` knows FastAPI's names and `request.url_for` Flask's, also of views that are gone.

A name is looked up in the table that serves. Besides Flask's endpoints it has the names of FastAPI's operations (`show`), those behind the
name of their blueprint (`books.show`), and what the registry says as `endpoint`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

from starlette.datastructures import URLPath
from starlette.routing import NoMatchFound
from werkzeug.routing import BuildError, MapAdapter

from strangler.table import Table


class Urls:
    """The names of one gateway."""

    def __init__(self, table: Callable[[], Table]) -> None:
        self._table = table

    def for_fastapi(self, name: str, values: dict[str, Any]) -> URLPath:
        """The path of a name, for `request.url_for`; values that are none of its variables make a query, as Flask's `url_for` has it.

        Raises:
            NoMatchFound: there is no such name, or a variable is missing.
        """
        table = self._table()
        adapter = table.map.bind("localhost")
        try:
            built = urlsplit(adapter.build(table.names.get(name, name), values, force_external=table.has_hosts))
        except BuildError:
            raise NoMatchFound(name, values) from None
        host = built.netloc if built.netloc not in ("", "localhost") else ""
        return URLPath(f"{built.path}?{built.query}" if built.query else built.path, host=host)

    def for_flask(self, error: BuildError, endpoint: str, values: dict[str, Any]) -> str | None:
        """A handler of Flask's `url_build_error_handlers`: the URL of a name that Flask does not have, None where nobody has it."""
        table = self._table()
        known = table.names.get(endpoint)
        asked: MapAdapter | None = error.adapter
        if known is None or asked is None:
            return None
        special = {key: values.get(key) for key in ("_anchor", "_method", "_scheme", "_external")}
        given = {key: value for key, value in values.items() if key not in special}
        adapter = table.map.bind(asked.server_name, asked.script_name, asked.subdomain, asked.url_scheme)
        external, scheme = bool(special["_external"]), special["_scheme"]
        built = adapter.build(known, given, method=special["_method"], url_scheme=scheme, force_external=external)
        return f"{built}#{quote(special['_anchor'], safe='%!#$&+,/:;=?@')}" if special["_anchor"] else built
