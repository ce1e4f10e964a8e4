"""Statistics of releases, served by FastAPI (docs/contract/core.md#statistics-of-a-release)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from argus.features.tracker.stats import service
from argus.features.tracker.stats.schemas import Dormant, ReleaseActivity, ReleaseStats
from argus.lanes.fastapi import FlagText, LoggedIn, Ok, RuntimeDep, send
from argus.lanes.together import together

router = APIRouter(prefix="/api/v1/release", tags=["stats"])

ReleaseName = Annotated[str | None, Query(alias="releaseName", description="the release's name", examples=["scylla-6.0"])]
Name = Annotated[str | None, Query(alias="release", description="the release's name", examples=["scylla-6.0"])]
Version = Annotated[str | None, Query(alias="productVersion", description="the beginning of a version, or `!noVersion`")]
NoVersion = Annotated[FlagText, Query(alias="includeNoVersion", description="count runs without a version; 1 unless given")]
Image = Annotated[str | None, Query(alias="imageId", description="the database image of a cluster test")]


@router.get("/activity", summary="What happened in a release", response_model=Ok[ReleaseActivity])
async def release_activity(user: LoggedIn, runtime: RuntimeDep, release_name: ReleaseName = None) -> Response:
    return send(await together(runtime, service.release_activity, release_name))


@router.get("/stats/v2", summary="What became of the tests of a release", response_model=Ok[ReleaseStats | Dormant])
async def release_stats_v2(
    user: LoggedIn,
    runtime: RuntimeDep,
    release: Name = None,
    limited: FlagText = None,
    force: FlagText = None,
    version: Version = None,
    no_version: NoVersion = None,
    image: Image = None,
) -> Response:
    return send(await together(runtime, service.release_statistics, release, limited, force, version, no_version, image))
