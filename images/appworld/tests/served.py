"""A worker of AppWorld for tests, driven by the kit's own server for tests, from plain functions."""

from __future__ import annotations

import asyncio
import threading
import uuid
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from stepwell.worker.testing import Driver, worker

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from pathlib import Path

ENVIRONMENT = "stepwell_appworld.environment:AppWorld"


class Served:
    """A running worker; `close` ends it and everything that it started."""

    def __init__(self, folder: Path, root: Path, warm_up: Path, *, prefix: tuple[str, ...] = ()) -> None:
        # As the process launcher has it, its temporary files are beside its socket; here those of a home too.
        variables = {
            "STEPWELL_APPWORLD_ROOT": str(root),
            "STEPWELL_APPWORLD_WARM_UP": str(warm_up),
            "TMPDIR": str(folder),
            "HOME": str(folder),
        }
        self.root = root
        self.folder = folder
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._stack = AsyncExitStack()
        starting = worker(folder, ENVIRONMENT, prefix=prefix, variables=variables)
        self.well: Driver = self.wait(self._stack.enter_async_context(starting), 300)

    def wait(self, doing: Coroutine[Any, Any, Any], seconds: float = 120) -> Any:
        """The result of a coroutine on the loop of the worker's socket."""
        return asyncio.run_coroutine_threadsafe(doing, self._loop).result(seconds)

    def close(self) -> None:
        """Ends the worker."""
        try:
            self.wait(self._stack.aclose())
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(30)
            self._loop.close()

    def ask(self, op: str, **fields: Any) -> dict[str, Any]:
        """One request and its reply."""
        reply: dict[str, Any] = self.wait(self.well.ask(op, **fields))
        return reply

    def ok(self, op: str, **fields: Any) -> Any:
        """The `ok` of a request."""
        return self.wait(self.well.ok(op, **fields))

    def open(self, task_id: str = "lists01_1", **params: Any) -> Instance:
        """A new instance."""
        name = uuid.uuid4().hex[:12]
        start = self.wait(self.well.create(name, "appworld", task_id, **params))
        return Instance(self, name, start)

    def solution(self, task_id: str) -> str:
        """Code that solves the task."""
        truth = self.root / "data" / "tasks" / task_id / "ground_truth"
        return (truth / "solution.py").read_text() + "\nsolution(apis, None)"


class Instance:
    """One episode; leaves with its `with`."""

    def __init__(self, served: Served, name: str, start: dict[str, Any]) -> None:
        self.served = served
        self.name = name
        self.start = start

    def __enter__(self) -> Instance:
        return self

    def __exit__(self, *_: object) -> None:
        self.served.ok("release", instance_id=self.name)

    def say(self, action: dict[str, Any], timeout_s: float = 20.0) -> dict[str, Any]:
        """A step with that assistant message."""
        step: dict[str, Any] = self.served.ok("step", instance_id=self.name, action=action, timeout_s=timeout_s)
        return step

    def run(self, code: str, timeout_s: float = 20.0) -> dict[str, Any]:
        """A step whose message is that code."""
        return self.say({"role": "assistant", "content": f"```python\n{code}\n```"}, timeout_s)

    def output(self, code: str, timeout_s: float = 20.0) -> str:
        """What the code printed, without the frame around it."""
        content: str = self.run(code, timeout_s)["state"][0]["content"]
        return content.removeprefix("Output:\n```\n").removesuffix("```\n\n")

    def evaluate(self) -> dict[str, Any]:
        """The score so far."""
        score: dict[str, Any] = self.served.ok("evaluate", instance_id=self.name, timeout_s=30.0)
        return score
