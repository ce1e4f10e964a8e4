"""Where a page ended, and the ranges that are read one after another."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from argus.storage.errors import InvalidRequest


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page ended.

    Attributes:
        key: the last row's whole key as SQL values.
        returned: rows given so far.
        in_partition: of them in the last row's partition.
    """

    key: list[Any]
    returned: int
    in_partition: int

    def token(self) -> bytes:
        key = [{"b": v.hex()} if isinstance(v, bytes) else v for v in self.key]
        return json.dumps([key, self.returned, self.in_partition]).encode()

    @staticmethod
    def of(token: bytes, width: int) -> Position:
        """The position that a token stands for.

        Raises:
            InvalidRequest: no token of this table.
        """
        try:
            key, returned, in_partition = json.loads(token)
            values = [bytes.fromhex(v["b"]) if isinstance(v, dict) else v for v in key]
        except (ValueError, TypeError, KeyError):
            raise InvalidRequest("Invalid value for the paging state") from None
        if len(values) != width or not isinstance(returned, int) or not isinstance(in_partition, int):
            raise InvalidRequest("Invalid value for the paging state")
        return Position(values, returned, in_partition)


@dataclass(frozen=True, slots=True)
class Scope:
    """One SQL range: the condition, its parameters, and the partition's token and key when it is one partition."""

    where: str
    params: list[Any]
    key: list[Any]


def scopes_from(scopes: Sequence[Scope], position: Position | None) -> Sequence[Scope]:
    """The scopes from the position's partition on."""
    if position is None or not scopes or not scopes[0].key:
        return scopes
    partition = position.key[: len(scopes[0].key)]
    behind = [place for place, scope in enumerate(scopes) if scope.key == partition]
    if not behind:
        raise InvalidRequest("Invalid value for the paging state")
    return scopes[behind[0] :]
