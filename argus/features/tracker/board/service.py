"""The board of a release: made of its stored statistics, and kept by each worker for as long as these are stored."""

from __future__ import annotations

from dataclasses import dataclass

from argus.features.tracker.board.columns import Board, board_of
from argus.features.tracker.schedules.assignees import named_by_plans
from argus.features.tracker.stats.derived import Derived
from argus.features.tracker.stats.reading import NO_VERSION, Filter
from argus.kit.answer import Answer, ready_ok
from argus.kit.errors import DataValidationError
from argus.kit.parse import flag_of
from argus.kit.pools import ANSWERS
from argus.models.catalogue import ArgusRelease
from argus.runtime import Runtime
from argus.storage.errors import DocumentNotFound

MOST_ROWS = 200  # of one answer


class _Boards(Derived[Board]):
    most = 16  # 2 MB each where a release has 3,000 tests


@dataclass(frozen=True, slots=True)
class Asked:
    """Which board: of a release by name, over the runs that a filter keeps."""

    release: str | None
    version: str | None = None
    no_version: str | None = None
    image: str | None = None


async def index(runtime: Runtime, asked: Asked) -> Answer:
    """Counters, groups, and a column for everything that tests are sorted and filtered by.

    Raises:
        DocumentNotFound: there is no such release.
        ValueError: a flag is no number.
    """
    board = await _board(runtime, asked)
    return ready_ok(board.index if board else b'{"dormant":true}')


async def rows(runtime: Runtime, asked: Asked, token: str | None, places: str | None) -> Answer:
    """Tests by their places in the columns.

    Args:
        token: of the index that the places are of. places: numbers with commas between them.

    Raises:
        DataValidationError: the release has other tests by now, or `places` are none of its.
        DocumentNotFound, ValueError: as of `index`.
    """
    wanted = [int(place) for place in (places or "").split(",") if place.isascii() and place.isdigit() and len(place) < 8]
    if not wanted or len(wanted) > MOST_ROWS or len(wanted) != (places or "").count(",") + 1:
        raise DataValidationError(f"rows must be 1 to {MOST_ROWS} numbers with commas between them")
    board = await _board(runtime, asked)
    if board is None or board.token != token:
        raise DataValidationError("this release has other tests by now: ask for its board again")
    if max(wanted) >= len(board.rows):
        raise DataValidationError("there is no such row", str(max(wanted)))
    return ready_ok(b'{"rows":[' + b",".join(board.rows[place] for place in wanted) + b"]}")


async def _board(runtime: Runtime, asked: Asked) -> Board | None:
    """None: the release is dormant."""
    wanted = Filter(asked.version, asked.image, flag_of(asked.no_version if asked.no_version is not None else 1))
    if not asked.release:
        raise DocumentNotFound(f"No ArgusRelease found matching {{'name': {asked.release!r}}}")
    release = await runtime.store.get(ArgusRelease, name=asked.release)

    async def made(payload: str) -> Board:
        version = None if wanted.version == NO_VERSION else wanted.version
        planned = await named_by_plans(runtime, release.id, version)
        return await runtime.blocking(ANSWERS, board_of, payload, planned)

    return await runtime.own(_Boards).of(runtime, release, wanted, made)
