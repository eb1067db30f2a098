"""What changed between the two states of an episode, looked up in the rows that were touched alone.

The engine compares ids and hashes of whole tables. Rows that were not touched are the same in both states, so the same
answers come from the touched ones: ids and hashes of these, and of each of their hashes whether the whole table has it.
"""

from __future__ import annotations

import contextlib
from functools import cache
from typing import TYPE_CHECKING, Any

from . import bases

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

_CHUNK = 500


def compared(start: Any, end: Any) -> Any:
    """The engine's pair of two model collections, comparing touched rows alone."""
    from appworld.collections.models import ModelCollectionPair

    class Pair(ModelCollectionPair):  # type: ignore[misc]
        def _changed_model_names(self, *arguments: Any, **named: Any) -> Any:
            with _narrowed(start, end):
                return super()._changed_model_names(*arguments, **named)

        def _changed_records(self, *arguments: Any, **named: Any) -> Any:
            with _narrowed(start, end):
                return super()._changed_records(*arguments, **named)

    return Pair(
        start_db_home_path=start.from_db_home_path,
        start_model_collection=start,
        end_db_home_path=end.to_db_home_path,
        end_model_collection=end,
    )


@contextlib.contextmanager
def _narrowed(start: Any, end: Any) -> Iterator[None]:
    """Within it both collections know touched rows alone; outside of it an evaluation sees whole tables."""
    whole, narrow = type(start), _narrow_class()
    start.__class__ = end.__class__ = narrow
    narrow.sides = (start, end)
    try:
        yield
    finally:
        start.__class__ = end.__class__ = whole


@cache
def _narrow_class() -> Any:
    from appworld.collections.models import ModelCollection

    class Narrow(ModelCollection):  # type: ignore[misc]
        sides: Any = ()

        def ids_record_hashes(self, app: str, model: str) -> list[tuple[int, str]]:
            ids = bases.touched(_connection(self.sides[1], app), _table(self, app, model))
            return _rows(_connection(self, app), _table(self, app, model), ids)

        def ids(self, app: str, model: str) -> set[int]:
            return {row[0] for row in self.ids_record_hashes(app, model)}

        def record_hashes(self, app: str, model: str) -> set[str]:
            of_rows = {row[1] for row in self.ids_record_hashes(app, model)}
            asked = {row[1] for side in self.sides for row in side.ids_record_hashes(app, model)} - of_rows
            return of_rows | _known(_connection(self, app), _table(self, app, model), sorted(asked))

    return Narrow


def _table(collection: Any, app: str, model: str) -> str:
    return str(collection[app][model].__tablename__)


def _connection(collection: Any, app: str) -> sqlite3.Connection:
    from appworld.apps.model_lib import CachedDBHandler, db_home_to_app_path

    engine = CachedDBHandler.get(db_home_to_app_path(collection.to_db_home_path, app))[0]
    connection: sqlite3.Connection = engine.raw_connection().connection
    return connection


def _rows(connection: sqlite3.Connection, table: str, ids: Sequence[int]) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    for part in _parts(ids):
        found += connection.execute(
            f'SELECT id, record_hash FROM "{table}" WHERE id IN ({_marks(part)}) ORDER BY id',  # noqa: S608
            part,
        )
    return found


def _known(connection: sqlite3.Connection, table: str, hashes: Sequence[str]) -> set[str]:
    """Those of the hashes that some row of the whole table has."""
    found: set[str] = set()
    for part in _parts(hashes):
        rows = connection.execute(
            f'SELECT DISTINCT record_hash FROM "{table}" WHERE record_hash IN ({_marks(part)})',  # noqa: S608
            part,
        )
        found |= {row[0] for row in rows}
    return found


def _parts(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for at in range(0, len(values), _CHUNK):
        yield values[at : at + _CHUNK]


def _marks(values: Sequence[Any]) -> str:
    return ",".join("?" * len(values))
