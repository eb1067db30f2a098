"""The calls of a server as batches, for the async client and the sync one alike. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec

from .actions import Action, AssistantMessage, wire_action
from .core import Batch, Frame
from .protocol.codec import check_json
from .protocol.errors import BadRequestError, StepwellError
from .results import (
    Cancelled,
    Created,
    CreatedGroup,
    Evaluation,
    Profile,
    Released,
    StepResult,
    TaskPage,
)

Task: TypeAlias = str | int | Mapping[str, Any]
"""A task id, or the fields of a create: `task_id`, and its own `env_type`, `params`, `seed`, `labels`, ..."""

CALL_TIMEOUT_S = 300.0
"""Seconds for one call, reconnects included; the server may still do it."""

_decode_created = msgspec.msgpack.Decoder(Created).decode
_decode_group = msgspec.msgpack.Decoder(CreatedGroup).decode
_decode_step = msgspec.msgpack.Decoder(StepResult).decode
_decode_evaluation = msgspec.msgpack.Decoder(Evaluation).decode
_decode_released = msgspec.msgpack.Decoder(Released).decode
_decode_cancelled = msgspec.msgpack.Decoder(Cancelled).decode
_decode_page = msgspec.msgpack.Decoder(TaskPage).decode
_decode_profile = msgspec.msgpack.Decoder(Profile).decode
_decode_map = msgspec.msgpack.Decoder(dict[str, Any]).decode

_STEP_VALUES = 20
_CALL_VALUES = 14


def create_frame(env_type: str, task: Task, options: Mapping[str, Any]) -> Frame:
    """The request of one create. Raises BadRequestError, TooDeepError."""
    own = {"task_id": task} if isinstance(task, (str, int)) else dict(task)
    frame = {"op": "create", "env_type": env_type}
    frame.update((name, value) for name, value in {**options, **own}.items() if value is not None)
    check_json(frame, "create")
    return frame


def create(env_type: str, tasks: Iterable[Task], options: Mapping[str, Any], timeout: float) -> Batch[Created]:
    """Creates that are answered one by one."""
    return _checked(
        tasks,
        lambda task: create_frame(env_type, task, options),
        _decode_created,
        timeout,
        weight=4096,
        patient=True,
        late=lambda created: [_release_frame(created)],
    )


def group(env_type: str, task: Task, n: int, options: Mapping[str, Any], timeout: float) -> Batch[CreatedGroup]:
    """A group of one task: all or none."""
    return _checked(
        [task],
        lambda one: create_frame(env_type, one, {**options, "n": n}),
        _decode_group,
        timeout,
        weight=4096,
        patient=True,
        late=lambda created: [_release_frame(item) for item in created.items],
    )


def step(items: Iterable[tuple[str, Action, int | None]], timeout: float) -> Batch[StepResult]:
    """Steps of instances: `(instance_id, action, number of steps believed done or None)`."""
    frames: list[Frame] = []
    errors: list[tuple[int, StepwellError]] = []
    most_calls = 0
    for index, (instance_id, action, at) in enumerate(items):
        try:
            message = wire_action(action)
        except StepwellError as error:
            errors.append((index, error))
            message = AssistantMessage()
        if message.tool_calls:
            most_calls = max(most_calls, len(message.tool_calls))
        frame: Frame = {"op": "step", "instance_id": instance_id, "action": message}
        if at is not None:
            frame["step"] = at
        frames.append(frame)
    batch = Batch(frames, _decode_step, timeout=timeout, weight=_STEP_VALUES + _CALL_VALUES * most_calls)
    for index, refused in errors:
        batch.settle(index, refused)
    return batch


def evaluate(instance_ids: Iterable[str], timeout: float) -> Batch[Evaluation]:
    """Scores; changes nothing."""
    return _of_instances("evaluate", instance_ids, _decode_evaluation, timeout)


def finish(instance_ids: Iterable[str], timeout: float) -> Batch[Evaluation]:
    """Ends episodes where they stand, and scores them."""
    return _of_instances("finish", instance_ids, _decode_evaluation, timeout)


def release(instance_ids: Iterable[str], timeout: float) -> Batch[Released]:
    """Lets instances go; may be repeated."""
    return _of_instances("release", instance_ids, _decode_released, timeout)


def info(instance_id: str, query: Mapping[str, Any] | None, timeout: float) -> Batch[dict[str, Any]]:
    """What the environment says of an instance."""
    return _one({"op": "info", "instance_id": instance_id, "query": dict(query or {})}, _decode_map, timeout)


def cancel(instance_ids: Sequence[str] | None, labels: Mapping[str, str] | None, timeout: float) -> Batch[Cancelled]:
    """Lets instances go at once, those named and those that carry every one of the labels."""
    frame: Frame = {"op": "cancel", "instance_ids": list(instance_ids or []), "labels": dict(labels or {})}
    return _one(frame, _decode_cancelled, timeout)


def tasks(
    env_type: str, split: str | None, where: Mapping[str, Any] | None, limit: int, cursor: str | None, timeout: float
) -> Batch[TaskPage]:
    """A page of a task list."""
    frame: Frame = {"op": "tasks", "env_type": env_type, "split": split, "limit": limit, "cursor": cursor}
    if where:
        frame["filter"] = dict(where)
    return _one(frame, _decode_page, timeout, patient=True)


def env_profile(env_type: str, split: str | None, where: Mapping[str, Any] | None, timeout: float) -> Batch[Profile]:
    """The profile of one environment, and the ids of all tasks of a split."""
    frame: Frame = {"op": "env_profile", "env_type": env_type, "split": split}
    if where:
        frame["filter"] = dict(where)
    return _one(frame, _decode_profile, timeout, patient=True)


def ping(timeout: float) -> Batch[dict[str, Any]]:
    """Whether the server is there."""
    return _one({"op": "ping"}, _decode_map, timeout)


def _release_frame(created: Created) -> Frame:
    return {"op": "release", "instance_id": created.named().instance_id}


def _one(frame: Frame, decode: Any, timeout: float, *, patient: bool = False) -> Batch[Any]:
    return _checked([frame], _same, decode, timeout, weight=4096, patient=patient)


def _same(frame: Frame) -> Frame:
    check_json(frame, frame["op"])
    return frame


def _of_instances(op: str, instance_ids: Iterable[str], decode: Any, timeout: float) -> Batch[Any]:
    def frame(instance_id: Any) -> Frame:
        if not isinstance(instance_id, str):
            raise BadRequestError(f"{op}: an instance id is a text, not a {type(instance_id).__name__}")
        return {"op": op, "instance_id": instance_id}

    return _checked(instance_ids, frame, decode, timeout, weight=8)


def _checked(
    items: Iterable[Any],
    make: Any,
    decode: Any,
    timeout: float,
    *,
    weight: int,
    patient: bool = False,
    late: Any = None,
) -> Batch[Any]:
    """A batch of what `make` gives for each item; an item that it refuses has its error and is not sent."""
    frames: list[Frame] = []
    errors: list[tuple[int, StepwellError]] = []
    for index, item in enumerate(items):
        try:
            frames.append(make(item))
        except StepwellError as error:
            frames.append({})
            errors.append((index, error))
    batch: Batch[Any] = Batch(frames, decode, timeout=timeout, weight=weight, patient=patient, late=late)
    for index, refused in errors:
        batch.settle(index, refused)
    return batch
