"""The base databases, loaded once and shared: an instance pays for the pages that it changes, not for the data.

Each base becomes an SQLite database in memory, twice: once for the state that an episode starts from and once for the
one that it changes. An instance, being forked, has both at no cost. They are deserialized images: SQLite reads their
pages through a small cache and never writes to those it only reads, so that forks go on sharing them. (A database that
was filled in memory keeps its pages in that cache, whose bookkeeping touches each page that is read.)

The changing one also notes which rows were touched: an evaluation that asks what changed looks at those, not at all.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

START, END = "task_input", "task_output"
CACHE_KIB = 1024
"""KiB of pages that a connection keeps."""

_engines: dict[tuple[str, str], Any] = {}


def load(folder: Path) -> None:
    """Loads `APP.db` of every app, and has the engine use them."""
    from appworld.apps import get_all_apps, model_lib

    for app in get_all_apps():
        image = _image(folder / f"{app}.db")
        for role in (START, END):
            engine = model_lib.create_engine(
                "sqlite://", connect_args={"check_same_thread": False}, poolclass=model_lib.StaticPool
            )
            connection: sqlite3.Connection = engine.raw_connection().connection
            connection.deserialize(image)
            connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
            connection.execute("PRAGMA temp_store = MEMORY")
            if role == END:
                _note_touched(connection)
            _engines[app, role] = engine
    original = model_lib.get_db_args

    def get_db_args(to_path: str, from_path: str | None = None) -> tuple[Any, Any]:
        taken = _take(to_path, from_path)
        return original(to_path, from_path) if taken is None else taken

    model_lib.get_db_args = get_db_args


def touched(connection: sqlite3.Connection, table: str) -> list[int]:
    """Ids of the rows of a table that were added, changed or removed since the episode began."""
    rows = connection.execute("SELECT DISTINCT id FROM temp.touched WHERE name = ? ORDER BY id", (table,))
    return [row[0] for row in rows]


def _image(path: Path) -> bytes:
    """The database as one piece; its own file may be in another journal mode, so it is read through SQLite."""
    source = sqlite3.connect(path.as_uri() + "?mode=ro&immutable=1", uri=True)
    try:
        return source.serialize()
    finally:
        source.close()


def _note_touched(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TEMP TABLE touched (name TEXT, id INTEGER)")
    tables = connection.execute(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'"
    ).fetchall()
    for (table,) in tables:
        columns = {row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')}
        if not {"id", "record_hash"} <= columns:
            continue
        for event, rows in (("INSERT", ["new"]), ("DELETE", ["old"]), ("UPDATE", ["old", "new"])):
            noted = "".join(f"INSERT INTO touched VALUES ('{table}', {row}.id);" for row in rows)  # noqa: S608
            connection.execute(f'CREATE TEMP TRIGGER "touch_{table}_{event}" AFTER {event} ON main."{table}" BEGIN {noted} END')


def _take(to_path: str, from_path: str | None) -> tuple[Any, Any] | None:
    """The shared database for `to_path` with the task's own changes applied; None where that is not what is asked."""
    from appworld.apps import model_lib
    from sqlalchemy.engine import make_url

    if from_path is None or not to_path.startswith(":memory:") or not from_path.endswith(".jsonl"):
        return None
    name = to_path.removeprefix(":memory:")
    role, app = name.partition("-")[0], Path(name).stem
    engine = _engines.pop((app, role), None)
    if engine is None:
        return None
    # The engine tells databases apart by the address of the connection.
    engine.url = make_url(f"sqlite:///file:{name}?mode=memory&cache=shared&uri=true")
    connection = engine.raw_connection().connection
    tracker = model_lib.DBChangesTracker(engine)
    tracker.restart()
    tracker.add_changes(model_lib.apply_db_changes(connection, from_path))
    if role == END:
        connection.execute("DELETE FROM temp.touched")
        connection.commit()
    return engine, tracker
