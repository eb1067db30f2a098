"""The command `stepwell` of the Python package: `tasks ... --parquet FILE` here, everything else by the server's program."""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; the exit code: 0 done, 1 it went wrong, 2 wrong usage."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["tasks"] and any(argument.split("=")[0] == "--parquet" for argument in given):
        return _tasks(given[1:])
    from .server import ServerError, find_server

    try:
        command = find_server()
    except ServerError as error:
        print(f"stepwell: {error}", file=sys.stderr)
        return 1
    return os.execvp(command[0], [*command, *given])  # noqa: S606


def _tasks(given: Sequence[str]) -> int:
    from .protocol.errors import StepwellError
    from .rows import TRAINERS, dataset, write_parquet
    from .server import ServerError, serve

    parser = argparse.ArgumentParser("stepwell tasks", description="Writes the tasks of a split as a trainer loads them.")
    parser.add_argument("environment")
    parser.add_argument("--parquet", metavar="FILE", required=True, help="the file to write")
    parser.add_argument("--for", dest="for_", choices=TRAINERS, default="verl", help="the trainer (default verl)")
    parser.add_argument("--split", default="train", help="which split (default train)")
    parser.add_argument("--filter", metavar="KEY=VALUE", nargs="*", default=[], help="only tasks that match")
    parser.add_argument("--params", type=json.loads, default={}, help="parameters of the episodes, as JSON")
    parser.add_argument("--limit", type=int, help="only the first n")
    parser.add_argument("--url", help="a running server (default: one is started)")
    parser.add_argument("--token", default=os.environ.get("STEPWELL_TOKEN"))
    options = parser.parse_args(given)
    where = dict(pair.split("=", 1) for pair in options.filter)
    try:
        server = None if options.url else serve([options.environment])
        try:
            rows = dataset(
                options.environment,
                options.split,
                options.for_,
                url=options.url or (server.url if server else ""),
                token=options.token,
                params=options.params,
                where=where,
                limit=options.limit,
            )
        finally:
            if server:
                server.stop()
        write_parquet(rows, options.parquet)
    except (StepwellError, ServerError, ImportError, OSError) as error:
        print(f"stepwell: {error}", file=sys.stderr)
        return 1
    print(f"{len(rows)} tasks in {options.parquet}")
    return 0
