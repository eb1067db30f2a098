"""A worker of AppWorld for tests: the kit's own fake server drives it."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from stepwell.worker.testing import Driver, worker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable
    from pathlib import Path

ENVIRONMENT = "stepwell_appworld.environment:AppWorld"


@asynccontextmanager
async def appworld(folder: Path, root: Path, warm_up: Path, *arguments: str) -> AsyncIterator[Driver]:
    """A worker that serves `root`."""
    os.environ.update(STEPWELL_APPWORLD_ROOT=str(root), STEPWELL_APPWORLD_WARM_UP=str(warm_up))
    async with worker(folder, ENVIRONMENT, *arguments) as well:
        yield well


def run(test: Awaitable[None], seconds: float = 240) -> None:
    """One event loop a test, with a deadline."""

    async def main() -> None:
        await asyncio.wait_for(test, seconds)

    asyncio.run(main())


async def execute(well: Driver, name: str, code: str, timeout_s: float = 20.0) -> dict[str, Any]:
    """A step whose message is that code."""
    step: dict[str, Any] = await well.say(name, f"```python\n{code}\n```", timeout_s)
    return step


async def output(well: Driver, name: str, code: str, timeout_s: float = 20.0) -> str:
    """What the code printed, without its frame."""
    content: str = (await execute(well, name, code, timeout_s))["state"][0]["content"]
    return content.removeprefix("Output:\n```\n").removesuffix("```\n\n")


def solution(root: Path, task_id: str) -> str:
    """Code that solves the task."""
    return (root / "data" / "tasks" / task_id / "ground_truth" / "solution.py").read_text() + "\nsolution(apis, None)"
