"""One instance and the requests to it, wherever it lives: the answer to each is a frame without its number."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any

from stepwell.protocol.errors import StepwellError

from .environment import Environment, Score, Start, Step, Task

if TYPE_CHECKING:
    import socket

Answer = dict[str, Any]
"""`{"ok"}`, `{"err"}` (the caller's mistake) or `{"failure"}` (ours)."""


def failure(kind: str, message: str) -> Answer:
    """Our own failure, never the model's."""
    return {"failure": {"kind": kind, "message": message}}


def answer(environment: type[Environment], request: dict[str, Any]) -> Answer:
    """What concerns no instance: the tasks of a split."""
    return _guarded(lambda: {"tasks": list(environment.tasks(request["split"], request.get("filter") or {}))})


class Episode:
    """An object of the environment, made by `create`."""

    def __init__(self, environment: type[Environment], companion: socket.socket | None = None) -> None:
        self._instance = environment()
        self._instance.companion = companion

    def answer(self, request: dict[str, Any]) -> Answer:
        """Answers `create`, `step`, `evaluate` and `info`."""
        instance = self._instance
        instance.timeout_s = float(request.get("timeout_s") or 30.0)
        match request["op"]:
            case "create":
                return _guarded(lambda: self._create(request))
            case "step":
                return _guarded(lambda: self._step(request["action"]))
            case "evaluate":
                return _guarded(lambda: self._evaluate())
            case "info":
                return _guarded(lambda: instance.snapshot(request.get("query") or {}))
            case op:
                return failure("engine_error", f"an instance does not answer {op!r}")

    def close(self) -> None:
        """Lets the instance go."""
        self._instance.close()

    def _create(self, request: dict[str, Any]) -> dict[str, Any]:
        task = Task(request["task_id"], request.get("params") or {}, request.get("seed"), float(request.get("started_at") or 0))
        start = self._instance.create(task)
        if not isinstance(start, Start):
            start = Start(list(start))
        return {
            "state": start.state,
            "tools": start.tools,
            "info": start.info,
            "prompt_sha256": start.prompt_sha256,
        }

    def _step(self, action: dict[str, Any]) -> dict[str, Any]:
        step = self._instance.step(action)
        if not isinstance(step, Step):
            raise TypeError(f"step gave a {type(step).__name__}, not a Step")
        return step.to_wire()

    def _evaluate(self) -> dict[str, Any]:
        score = self._instance.evaluate()
        if not isinstance(score, Score):
            raise TypeError(f"evaluate gave a {type(score).__name__}, not a Score")
        return score.to_wire()


def _guarded(do: Any) -> Answer:
    try:
        return {"ok": do()}
    except StepwellError as error:
        return {"err": error.to_wire()}
    except Exception as error:  # whatever an engine raises ends its own instance, not the worker
        traceback.print_exc()
        return failure("engine_error", f"{type(error).__name__}: {error}"[:4096])
