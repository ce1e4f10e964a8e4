"""What every table has: the base with its naming conventions, ids, times."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, DateTime, Dialect, MetaData, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from sqlalchemy.types import TypeDecorator

from argus.kit.clock import milliseconds, now
from argus.kit.ulids import LENGTH, new_ulid

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

Json = JSON().with_variant(JSONB(), "postgresql")


class Moment(TypeDecorator[datetime]):
    """A time in UTC to the millisecond. Python sees it with its zone on both engines; one without a zone is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone is ambiguous")
        utc = milliseconds(value.astimezone(UTC))
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def moment() -> datetime:
    """Now, as `Moment` keeps it."""
    return now().replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """Base of every table."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: Moment,
        str: Text,
        dict[str, Any]: Json,
        list[Any]: Json,
        list[str]: Json,
    }


class UlidMixin:
    """`id`: a ULID as key. `ulid_name` is what its column is called."""

    ulid_name: ClassVar[str] = "id"

    @declared_attr
    @classmethod
    def id(cls) -> Mapped[str]:
        return mapped_column(cls.ulid_name, String(LENGTH), primary_key=True, default=new_ulid)


class TimestampMixin:
    """When a row was made, and changed last."""

    created_at: Mapped[datetime] = mapped_column(default=moment)
    updated_at: Mapped[datetime] = mapped_column(default=moment, onupdate=moment)
