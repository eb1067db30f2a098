"""More rows: to see how the engine, and its sharing of databases, do on as much data as the benchmark has."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_WHEN = "'2023-01-01 10:00:00.000000'"
_HASH = "printf('%011d=', n)"
_WORDS = "'Copy of row ' || n || ' ' || substr(hex(n * 2654435761 % 4294967296), 1, 12)"

# App, table, its searched column, share of the rows, and the row made of a number `n`.
_TABLES = (
    ("spotify", "songs", "title", 0.4, f"'[1]', {_WHEN}, {_HASH}, n, {_WORDS}, NULL, 180, 'indie', 0, 0.0, 0, 0"),
    (
        "venmo",
        "transactions",
        "description",
        0.4,
        f"{_WHEN}, {_WHEN}, {_HASH}, n, 2 + n % 3, 2 + (n + 1) % 3, 1.5, {_WORDS}, 0, 0, 0, NULL",
    ),
    (
        "simple_note",
        "notes",
        "title",
        0.2,
        f"'[]', {_WHEN}, {_WHEN}, 'null', {_HASH}, n, 2 + n % 3, {_WORDS}, {_WORDS} || '. ' || {_WORDS}, NULL",
    ),
)


def enlarge(bases: Path, rows: int) -> None:
    """Adds so many rows to three tables, and to their search indexes."""
    for app, table, searched, share, row in _TABLES:
        connection = sqlite3.connect(bases / f"{app}.db")
        (last,) = connection.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()
        connection.execute(
            f"WITH RECURSIVE numbers(n) AS (SELECT ? UNION ALL SELECT n + 1 FROM numbers LIMIT ?) "
            f"INSERT INTO {table} SELECT {row} FROM numbers",
            (last + 1, int(rows * share)),
        )
        connection.execute(
            f"INSERT INTO {table}_fts(rowid, id, saved_search_text) SELECT id, id, {searched} FROM {table} WHERE id > ?",
            (last,),
        )
        connection.commit()
        connection.close()
