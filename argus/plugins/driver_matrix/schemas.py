"""Bodies and answers of the driver matrix routes, as the API's document shows them."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class DriverResult(BaseModel):
    """The results of one driver."""

    model_config = ConfigDict(extra="forbid")

    schema_version: str = Field(examples=["v2"])
    run_id: str = Field(json_schema_extra={"format": "uuid"})
    driver_type: str = Field(examples=["python"], description="`java`, `cpp`, `python`, `gocql`, or another such as `rust`")
    driver_name: str = Field(
        examples=["pytest.scylla.v4.3.28.0"], description="the label of the results; a second one of the same label is dropped"
    )
    raw_xml: str = Field(description="a JUnit/xUnit document in base64")


class DriverFailure(BaseModel):
    """A driver that gave no results."""

    model_config = ConfigDict(extra="forbid")

    schema_version: str = Field(examples=["v2"])
    run_id: str = Field(json_schema_extra={"format": "uuid"})
    driver_type: str = Field(examples=["cpp"])
    driver_name: str = Field(examples=["TEST-datastax-2.17.0"])
    failure_reason: str = Field(examples=["Failed to apply patch"])


class DriverEnvironment(BaseModel):
    """Where the tests run."""

    model_config = ConfigDict(extra="forbid")

    schema_version: str = Field(examples=["v2"])
    run_id: str = Field(json_schema_extra={"format": "uuid"})
    raw_env: str = Field(examples=["scylla-version: 6.2.0\nos: Ubuntu 24.04"], description="lines of `key: value`")


class DriverReport(BaseModel):
    """Which results a job ever had."""

    release: str | None
    test: str | None
    build_id: str
    versions: dict[str, list[str]] = Field(
        examples=[{"scylla": ["TEST-scylla-2.16.2"]}], description="driver, or `Unknown`, to the labels of its results"
    )
