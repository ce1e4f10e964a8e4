"""Lists by cursor: signed, and of one list each, so that nobody makes up a place in a list (docs/platform.md#lists).

The order is that of one column that is unique within the list. What is inserted meanwhile repeats and skips no older row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar

from fastapi import Depends, Query, Request
from itsdangerous import BadSignature, URLSafeSerializer

from argus.platform.errors import Invalid
from argus.platform.responses import Page

if TYPE_CHECKING:
    from sqlalchemy import Select
    from sqlalchemy.orm import InstrumentedAttribute

    from argus.platform.context import ServiceContext

T = TypeVar("T")

USUAL, MOST = 50, 200
LONGEST_CURSOR = 512


@dataclass(frozen=True, slots=True)
class Rows(Generic[T]):
    """A part of a list, as rows."""

    items: list[T]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which part of a list a caller wants."""

    limit: int
    cursor: str | None
    of_list: str
    """Which list: a cursor of another one is refused."""

    async def of(self, context: ServiceContext, statement: Select[T], column: InstrumentedAttribute[Any], *, newest_first: bool) -> Rows[T]:
        """Read it.

        Args:
            column: gives the order, unique within the list; an index has it.

        Raises:
            Invalid: the cursor is none of this list.
        """
        signer = self._signer(context, f"{column.key}:{newest_first}")
        if self.cursor:
            last = _read(signer, self.cursor)
            statement = statement.where(column < last if newest_first else column > last)
        statement = statement.order_by(column.desc() if newest_first else column.asc()).limit(self.limit + 1)
        found: list[Any] = list((await context.session.scalars(statement)).all())
        rest = found[self.limit :]
        items = found[: self.limit]
        return Rows(items, str(signer.dumps(getattr(items[-1], column.key))) if rest else None)

    def last(self, context: ServiceContext, attribute: str) -> Any:
        """The last value of the part before, of a list that is not in the relational database; None at its beginning.

        Raises:
            Invalid: the cursor is none of this list.
        """
        return _read(self._signer(context, attribute), self.cursor) if self.cursor else None

    def part(self, context: ServiceContext, found: list[T], attribute: str) -> Page[T]:
        """A part of such a list, of which one item more than wanted was found where there are more."""
        items = found[: self.limit]
        signer = self._signer(context, attribute)
        more = len(found) > self.limit
        return Page[Any](items=items, next_cursor=str(signer.dumps(getattr(items[-1], attribute))) if more else None)

    def _signer(self, context: ServiceContext, order: str) -> URLSafeSerializer:
        return URLSafeSerializer(context.settings.SECRET_KEY, salt=f"cursor:{self.of_list}:{order}")


def _read(signer: URLSafeSerializer, cursor: str) -> Any:
    try:
        return signer.loads(cursor)
    except BadSignature:
        raise Invalid("bad_cursor", "The cursor is none of this list", errors=[_PROBLEM]) from None


_PROBLEM = {"loc": ["query", "cursor"], "msg": "The cursor is none of this list", "type": "value_error"}


async def _page(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=MOST, description="How many")] = USUAL,
    cursor: Annotated[str | None, Query(max_length=LONGEST_CURSOR, description="`next_cursor` of the part before")] = None,
) -> PageRequest:
    route = request.scope.get("route")
    return PageRequest(limit, cursor, getattr(route, "path", request.url.path))


PageQuery = Annotated[PageRequest, Depends(_page)]
"""The parameters `limit` and `cursor` of a list."""
