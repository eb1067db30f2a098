"""Stepwell's environments for TRL's `GRPOTrainer(environment_factory=...)`.

```python
from stepwell.trl import environments

factories, rows = environments("ws://127.0.0.1:8000", "bfcl", "train_clean", group=8)
args = GRPOConfig(num_generations=8)
trainer = GRPOTrainer(..., args=args, train_dataset=Dataset.from_list(rows), environment_factory=factories)
```

TRL takes the methods of a class as tools, so there is a class for each set of tools among the tasks, and the column
`environment` of a row names its own. Where a task has a user who speaks again, the tool `next_request` hears it.

A failure of the service is retried on a fresh instance, twice, by playing the actions so far again; then `get_reward` gives
None, never 0: TRL leaves such a sample out of its group's baseline and gives it no advantage.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import inspect
import json
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from .protocol.errors import StepwellError
from .results import Failure
from .rows import rows_of
from .sync import Client, Instance

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .results import Message, StepResult

FIRST_TRL = (1, 16)
"""The first version that is known to leave a sample whose reward is None out; an older one may make 0.0 of it (its PR 5902)."""

TRIES = 3
"""Instances on which an action is tried: the first, and two fresh ones."""

MOST_SPARE = 64
"""Tasks for which instances are kept ahead."""

END_OF_TURN = "Done."
NEXT_REQUEST = "next_request"

PYTHON_TYPES: Mapping[str, type] = {
    "string": str,
    "integer": int,
    "number": float,
    "float": float,
    "boolean": bool,
    "array": list,
    "tuple": list,
    "object": dict,
    "dict": dict,
}


def environments(
    url: str,
    env_type: str,
    split: str,
    *,
    group: int = 1,
    token: str | None = None,
    params: Mapping[str, Any] | None = None,
    where: Mapping[str, Any] | None = None,
    limit: int | None = None,
) -> tuple[dict[str, Callable[[], Environment]], list[dict[str, Any]]]:
    """Factories by name, and the rows of a split, whose `environment` names one.

    `group`: the trainer's `num_generations`; so many instances of a task are created in one message at its first reset.
    Raises RuntimeError for a TRL that would make 0.0 of a failure.
    """
    check_version()
    well = Client(url, token=token)
    given = {**(params or {}), "tool_prompt": "none"} if env_type == "bfcl" else dict(params or {})
    rows = rows_of(well, env_type, split, "trl", params=given, where=where, limit=limit)
    spare = Spare(well, env_type, group)
    factories: dict[str, Callable[[], Environment]] = {}
    by_tools: dict[str, list[dict[str, Any]]] = {}
    tools_of = _tools_of(well, env_type, [row["task_id"] for row in rows], given)
    for row in rows:
        tools = tools_of[row["task_id"]]
        name = hashlib.sha256(json.dumps(tools, sort_keys=True).encode()).hexdigest()[:12]
        row["environment"] = name
        by_tools[name] = tools
    for name, tools in by_tools.items():
        made = environment_class(tools)
        factories[name] = lambda made=made: made(spare)  # type: ignore[misc]
    return factories, rows


def check_version() -> None:
    """Raises RuntimeError for a TRL that may turn a missing reward into 0.0."""
    found = importlib.metadata.version("trl")
    if tuple(int(part) for part in found.split(".")[:2]) < FIRST_TRL:
        raise RuntimeError(f"trl {found} may score a failure of the service 0.0: install trl>={'.'.join(map(str, FIRST_TRL))}")


class Spare:
    """Instances created ahead: TRL resets its environments one by one, a group of a task is created in one message."""

    def __init__(self, well: Client, env_type: str, group: int) -> None:
        self._well = well
        self._env_type = env_type
        self._group = group
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str], list[Instance]] = OrderedDict()

    def take(self, task_id: str, params: str) -> Instance:
        """An instance of a task; with the first of a group come the others. Raises StepwellError."""
        key = (task_id, params)
        with self._lock:
            kept = self._kept.get(key)
            if kept:
                instance = kept.pop()
                if not kept:
                    del self._kept[key]
                return instance
            first, *others = self._well.group(self._env_type, task_id, self._group, params=json.loads(params))
            self._kept[key] = others
            stale = [self._kept.popitem(last=False)[1] for _ in range(len(self._kept) - MOST_SPARE)]
        for instances in stale:
            self.release(*instances)
        return first

    def fresh(self, task_id: str, params: str) -> Instance:
        """A new instance of a task. Raises StepwellError."""
        return self._well.create(self._env_type, task_id, params=json.loads(params))

    def release(self, *instances: Instance) -> None:
        """Lets instances go; one that cannot be is freed by the server's idle clock."""
        self._well.release_many(instances)


class Environment:
    """One rollout at a time, reset for the next. Its public methods are tools; subclasses have those of the tasks."""

    def __init__(self, spare: Spare) -> None:
        self._spare = spare
        self._instance: Instance | None = None
        self._task: tuple[str, str] = ("", "{}")
        self._actions: list[Message] = []
        self._over = False
        self._failure: Failure | None = None

    def reset(self, *, task_id: str, params: str = "{}", **row: Any) -> str:
        """Begins the episode of a row; the text of the task."""
        self._let_go()
        self._task = (task_id, params)
        self._actions = []
        self._over = False
        self._failure = None
        for attempt in range(TRIES):
            try:
                self._instance = self._spare.take(task_id, params) if attempt == 0 else self._spare.fresh(task_id, params)
                break
            except StepwellError as error:
                if not error.retryable:
                    raise
                failure = Failure("create_failed", str(error))
        else:
            self._failure = failure
            return ""
        return "\n\n".join(str(message["content"]) for message in self._instance.state if message["content"])

    def get_reward(self) -> float | None:
        """The score of the episode, None where the service failed. The model stopped calling: that ends its turn."""
        if self._failure is None and not self._over and self._instance is not None:
            self._act({"role": "assistant", "content": END_OF_TURN})
        if self._failure is not None or self._instance is None:
            return None
        try:
            score = self._instance.evaluate() if self._over else self._instance.finish()
        except StepwellError as error:
            self._failure = Failure("client_error", str(error))
            return None
        finally:
            self._let_go()
        self._failure = score.failure
        return score.reward

    def _call(self, name: str, arguments: dict[str, Any]) -> str:
        function = {"name": name, "arguments": json.dumps(arguments)}
        call = {"id": f"call_{len(self._actions)}", "type": "function", "function": function}
        return self._act({"role": "assistant", "content": None, "tool_calls": [call]})

    def _act(self, action: Message) -> str:
        """What the model reads after an action; after a failure nothing that matters, since the sample is masked."""
        if self._over or self._failure is not None or self._instance is None:
            return "The episode is over."
        self._actions.append(action)
        step = self._step_or_retry()
        if step is None:
            return ""
        self._over = step.is_terminated
        return "\n".join(str(message["content"]) for message in step.state)

    def _step_or_retry(self) -> StepResult | None:
        failure = Failure("client_error", "the episode has no instance")
        for attempt in range(TRIES):
            try:
                if attempt > 0:
                    self._let_go()
                    self._instance = self._spare.fresh(*self._task)
                todo = self._actions if attempt > 0 else self._actions[-1:]
                step = None
                for action in todo:
                    step = self._instance.step(action) if self._instance is not None else None
                    if step is None or step.failure is not None:
                        break
            except StepwellError as error:
                failure = Failure("client_error", str(error))
                continue
            if step is not None and step.failure is None:
                return step
            failure = step.failure if step is not None and step.failure is not None else failure
        self._failure = failure
        self._let_go()
        return None

    def _let_go(self) -> None:
        instance, self._instance = self._instance, None
        if instance is not None:
            self._spare.release(instance)


class ConversingEnvironment(Environment):
    """An environment whose tasks have a user who speaks again."""

    def next_request(self, answer: str) -> str:
        """Answers the user once the request is done, and hears the next request.

        Args:
            answer: What to say to the user.

        Returns:
            The user's next request, or [CONVERSATION_COMPLETED].

        """
        return self._act({"role": "assistant", "content": answer})


def environment_class(tools: Sequence[Mapping[str, Any]]) -> type[Environment]:
    """A class with a method for each tool, with type hints and a Google docstring, as TRL and transformers read them."""
    methods = {tool["function"]["name"]: _method(tool["function"]) for tool in tools}
    base = Environment if NEXT_REQUEST in methods else ConversingEnvironment
    return type("StepwellEnvironment", (base,), methods)


def _method(function: Mapping[str, Any]) -> Any:
    name = function["name"]
    schema = function.get("parameters") or {}
    properties: Mapping[str, Any] = schema.get("properties") or {}
    required = set(schema.get("required") or ())
    ordered = sorted(properties, key=lambda parameter: parameter not in required)

    def call(self: Environment, *args: Any, **kwargs: Any) -> str:
        given = signature.bind(self, *args, **kwargs).arguments
        return self._call(name, {key: value for key, value in given.items() if key != "self" and value is not None})

    self_parameter = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    hints: dict[str, Any] = {}
    parameters = [self_parameter]
    lines = []
    for parameter in ordered:
        facts = properties[parameter]
        kind = PYTHON_TYPES.get(str(facts.get("type")), str)
        hints[parameter] = kind if parameter in required else kind | None
        default = inspect.Parameter.empty if parameter in required else None
        parameters.append(
            inspect.Parameter(parameter, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=hints[parameter])
        )
        lines.append(f"    {parameter}: {_one_line(facts.get('description')) or parameter}")
    signature = inspect.Signature(parameters, return_annotation=str)
    call.__name__ = name
    call.__qualname__ = f"StepwellEnvironment.{name}"
    call.__annotations__ = {**hints, "return": str}
    call.__signature__ = signature  # type: ignore[attr-defined]
    described = _one_line(function.get("description")) or name
    call.__doc__ = "\n".join([described, "", *(["Args:", *lines, ""] if lines else []), "Returns:", "    The result as text."])
    return call


def _one_line(text: Any) -> str:
    # The docstring's own headings must not appear within it.
    return " ".join(str(text or "").split()).replace("Args:", "Arguments -").replace("Returns:", "Gives -")


def _tools_of(
    well: Client, env_type: str, task_ids: Sequence[str], params: Mapping[str, Any]
) -> dict[str, list[dict[str, Any]]]:
    """The tools of each task, those that come later among them left to the instance."""
    tools: dict[str, list[dict[str, Any]]] = {}
    for start in range(0, len(task_ids), MOST_SPARE):
        created = well.create_many(env_type, task_ids[start : start + MOST_SPARE], params=params)
        held = [item for item in created if isinstance(item, Instance)]
        tools.update((instance.task_id, instance.tools) for instance in held)
        well.release_many(held)
        for item in created:
            if isinstance(item, StepwellError):
                raise item
    return tools


__all__ = ["Environment", "Spare", "check_version", "environment_class", "environments"]
