"""A table, described by a pydantic model whose annotations carry keys and indexes.

class Comment(Row, table="comment"):
    id: Annotated[UUID, PartitionKey()] = Field(default_factory=uuid4)
    posted_at: Annotated[int, ClusteringKey("desc")]
    user_id: Annotated[UUID | None, Indexed()] = None
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict

from argus.storage.types import COLLECTIONS, CqlType, annotation, cql_type, markers

Order = Literal["asc", "desc"]


@dataclass(frozen=True, slots=True)
class PartitionKey:
    """Marker: part of the partition key, in declared order."""


@dataclass(frozen=True, slots=True)
class ClusteringKey:
    """Marker: part of the clustering key, in declared order."""

    order: Order = "asc"


@dataclass(frozen=True, slots=True)
class Static:
    """Marker: one value for a whole partition."""


@dataclass(frozen=True, slots=True)
class Indexed:
    """Marker: a secondary index. A map may carry several, with different targets and names.

    `vector` is a nearest-neighbour index with cosine similarity.
    """

    target: Literal["values", "keys", "entries", "full", "vector"] = "values"
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    type: CqlType
    kind: Literal["partition", "clustering", "static", "regular"]
    order: Order = "asc"

    @property
    def is_collection(self) -> bool:
        return isinstance(self.type, COLLECTIONS)


@dataclass(frozen=True, slots=True)
class Index:
    name: str
    column: str
    target: Literal["values", "keys", "entries", "full", "vector"]


@dataclass(frozen=True)
class Table:
    """What storage knows of a model: names, types, keys, indexes."""

    name: str
    keyspace: Literal["main", "tablets"]
    columns: dict[str, Column]
    indexes: tuple[Index, ...]
    uses_ttl: bool

    @cached_property
    def partition_key(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns.values() if c.kind == "partition")

    @cached_property
    def clustering_key(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns.values() if c.kind == "clustering")

    @cached_property
    def primary_key(self) -> tuple[str, ...]:
        return self.partition_key + self.clustering_key


class Row(BaseModel):
    """Base of every table's model.

    Class keywords: `table` (its name), `keyspace` (`main` or `tablets`), `uses_ttl` (rows may be written with a time to live).
    The class name is what error messages call the entity (`No <Entity> found matching …`).
    """

    model_config = ConfigDict(extra="ignore", validate_assignment=False)
    __table__: ClassVar[Table]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__()  # the keywords are for the hook below, which runs once the fields are known

    @classmethod
    def __pydantic_init_subclass__(
        cls, table: str | None = None, keyspace: Literal["main", "tablets"] = "main", uses_ttl: bool = False, **kwargs: Any
    ) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if table is not None:
            cls.__table__ = describe(cls, table, keyspace, uses_ttl)

    def primary_key_values(self) -> dict[str, Any]:
        """The row's primary key, column by column."""
        return {name: getattr(self, name) for name in self.__table__.primary_key}

    def changed(self, **values: Any) -> Self:
        """A copy with other values; the row itself stays as it was read."""
        return self.model_copy(update=values)


def describe(model: type[BaseModel], name: str, keyspace: Literal["main", "tablets"], uses_ttl: bool) -> Table:
    """Read a model's annotations into a `Table`.

    Raises:
        TypeError: a column has no CQL type, or the table no partition key.
    """
    columns: dict[str, Column] = {}
    indexes: list[Index] = []
    for field in model.model_fields:
        hint = annotation(model, field)
        column = Column(field, cql_type(hint), "regular")
        for marker in markers(hint):
            if isinstance(marker, PartitionKey):
                column = Column(field, column.type, "partition")
            elif isinstance(marker, ClusteringKey):
                column = Column(field, column.type, "clustering", marker.order)
            elif isinstance(marker, Static):
                column = Column(field, column.type, "static")
            elif isinstance(marker, Indexed):
                indexes.append(Index(marker.name or f"{name}_{field}_idx", field, marker.target))
        columns[field] = column
    table = Table(name, keyspace, columns, tuple(indexes), uses_ttl)
    if not table.partition_key:
        raise TypeError(f"{model.__name__} has no partition key")
    return table
