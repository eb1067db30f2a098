"""`stepwell-appworld mini FOLDER` and `warm-up FOLDER`: make what can be served, and what a worker plays as it starts.

Serving is `stepwell-worker stepwell_appworld.environment:AppWorld`.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from .mini.build import build_mini, build_warm_up


def main(arguments: list[str] | None = None) -> int:
    """Gives the exit code."""
    parser = argparse.ArgumentParser(prog="stepwell-appworld")
    commands = parser.add_subparsers(dest="command", required=True)
    mini = commands.add_parser("mini", help="make a small set of invented tasks, for the real engine")
    mini.add_argument("--scale", type=int, default=0, metavar="ROWS", help="so many more rows in the databases")
    warm_up = commands.add_parser("warm-up", help="make what a worker plays before it serves")
    for command, variable in ((mini, "STEPWELL_APPWORLD_ROOT"), (warm_up, "STEPWELL_APPWORLD_WARM_UP")):
        command.add_argument("folder", type=Path, help=f"what {variable} names then")
        command.add_argument("--force", action="store_true", help="replace what is there")
    options = parser.parse_args(arguments)
    folder: Path = options.folder.resolve()
    if (folder / "data").exists():
        if not options.force:
            print(f"{folder / 'data'} is there already: give --force to replace it", file=sys.stderr)
            return 1
        shutil.rmtree(folder / "data")
    folder.mkdir(parents=True, exist_ok=True)
    task_ids = build_warm_up(folder) if options.command == "warm-up" else build_mini(folder, options.scale)
    print(f"{len(task_ids)} tasks in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
