"""What a caller may say of a job; checked once, when it is started."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, field_validator

Severity = Literal["CRITICAL", "ERROR", "WARNING", "NORMAL", "DEBUG"]

MOST_EVENTS = 500_000  # of one job
LARGEST = 4096  # bytes of the parameters as JSON
RUNS = 90  # of a list; so many ids fit into LARGEST


class Parameters(BaseModel):
    """Parameters of a job."""

    model_config = ConfigDict(extra="forbid")

    severity: list[Severity] = Field(["CRITICAL", "ERROR"], min_length=1, max_length=5, description="Severities that are looked at")
    threshold: Annotated[float, Field(ge=0.5, le=1.0)] = 0.85
    method: Literal["near", "exact"] = "near"
    hours: Annotated[int, Field(ge=1, le=168)] = 24
    timeout_seconds: Annotated[int | None, Field(alias="timeoutSeconds", ge=1, le=3600)] = None
    runs: list[UUID] = Field([], max_length=RUNS, description="The runs of a list (`set:<ulid>`), with its first job")

    @field_validator("severity")
    @classmethod
    def _once(cls, value: list[Severity]) -> list[Severity]:
        return sorted(set(value))


def stored(parameters: Parameters, scope: str) -> dict[str, Any]:
    """Parameters as they are kept and shown."""
    kept: dict[str, Any] = {
        "severity": parameters.severity,
        "threshold": parameters.threshold,
        "method": parameters.method,
        "scope": scope,
    }
    if scope == "recent":
        kept["hours"] = parameters.hours
    if scope == "set":
        kept["runs"] = [str(run) for run in parameters.runs]
    if parameters.timeout_seconds:
        kept["timeoutSeconds"] = parameters.timeout_seconds
    return kept
