"""`stepwell-worker MODULE:CLASS`: the command that a launcher starts, or a person on another machine."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys

from stepwell.protocol.errors import StepwellError

from .connection import Worker
from .forked import ForkedInstances
from .instances import LocalInstances
from .zygote import environment_of


def main(arguments: list[str] | None = None) -> int:
    """Runs one worker until its socket is closed. Gives 0 then, 1 when it could not serve, 2 for bad usage."""
    parser = argparse.ArgumentParser(prog="stepwell-worker", description="Serves an environment to a Stepwell server.")
    parser.add_argument("environment", metavar="MODULE:CLASS", help="a subclass of stepwell.worker.Environment")
    parser.add_argument(
        "--isolation",
        choices=["fork", "none"],
        default="fork",
        help="fork: a process for each instance, killed by its deadline; none: in this process (default: fork)",
    )
    parser.add_argument("--capacity", type=int, help="instances at once (default: what the class says)")
    parser.add_argument("--url", help="address of the server (default: STEPWELL_WORKER_URL)")
    options = parser.parse_args(arguments)

    # What model code must not see does not stay in the environment that children inherit.
    url = os.environ.pop("STEPWELL_WORKER_URL", None)
    token = os.environ.pop("STEPWELL_WORKER_TOKEN", None)
    worker_id = os.environ.pop("STEPWELL_WORKER_ID", None)
    url = options.url or url
    if not url:
        parser.error("no server: set STEPWELL_WORKER_URL or say --url ws://HOST:PORT/v1/worker")
    try:
        environment = environment_of(options.environment)
    except (ImportError, ValueError) as error:
        parser.error(str(error))
    told = os.environ.get("STEPWELL_WORKER_CAPACITY", "")
    capacity = options.capacity or min(environment.capacity, int(told) if told.isdecimal() else environment.capacity)
    if capacity < 1:
        parser.error("--capacity is a whole number from 1")
    instances = (
        LocalInstances(environment)
        if options.isolation == "none"
        else ForkedInstances(options.environment, environment.inherits_environ)
    )
    try:
        reason = asyncio.run(Worker(environment, instances, capacity).serve(url, token, worker_id))
    except (StepwellError, RuntimeError, OSError, ValueError) as error:
        print(f"stepwell-worker: {error}", file=sys.stderr)
        return 1
    print(f"stepwell-worker: {reason}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
