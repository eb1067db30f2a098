"""What comes back, as docs/protocol.md has it. Messages stay plain dicts, ready for OpenAI clients and chat templates."""

from __future__ import annotations

from typing import Any

import msgspec

Message = dict[str, Any]
"""A chat message: `role`, `content` (a text or None), and where they apply `tool_calls`, `tool_call_id`, `name`."""

TaskRow = dict[str, Any]
"""A row of a task list: `task_id`, and columns of the environment."""


class Failure(msgspec.Struct, frozen=True):
    """Our own failure, never the model's: the reward beside it is None, and a trainer masks the sample."""

    kind: str
    """`worker_lost`, `worker_timeout`, `diverged`, `engine_error` or `create_failed`."""
    message: str = ""


class Named(msgspec.Struct):
    """What every `info` of an instance has."""

    instance_id: str
    task_id: str


class Created(msgspec.Struct):
    """The first messages of an episode and what the instance is."""

    state: list[Message]
    info: msgspec.Raw
    """Still encoded: of a thousand instances it is a million objects, mostly tools, and few callers look at all of them."""

    @classmethod
    def of(cls, state: list[Message], info: dict[str, Any]) -> Created:
        """What a server would have answered."""
        return cls(state, msgspec.Raw(msgspec.msgpack.encode(info)))

    def named(self) -> Named:
        """Which instance it is."""
        return _named.decode(self.info)


_named = msgspec.msgpack.Decoder(Named)
_info = msgspec.msgpack.Decoder(dict[str, Any])


def read_info(encoded: msgspec.Raw) -> dict[str, Any]:
    """`instance_id`, `task_id`, `tools`, `seed`, `provenance`, and fields of the environment."""
    return _info.decode(encoded)


class CreatedGroup(msgspec.Struct):
    """The instances of a group."""

    items: list[Created]


class StepResult(msgspec.Struct):
    """One observation out: messages to append (nothing earlier ever changes), and the reward of this step."""

    state: list[Message]
    reward: float | None
    """None only when we failed: mask the sample."""
    is_terminated: bool
    is_truncated: bool
    """Cut: by `max_steps`, by the caller, or by an official limit."""
    info: dict[str, Any]
    """`step`, `action`, `observation_hash`, and where they apply `end_reason`, `reward_parts`, `tools_added`, `failure`."""

    @property
    def failure(self) -> Failure | None:
        """Our own failure, or None."""
        failure = self.info.get("failure")
        return None if failure is None else msgspec.convert(failure, Failure)

    @property
    def end_reason(self) -> str | None:
        """Why the episode is over, or None."""
        reason = self.info.get("end_reason")
        return None if reason is None else str(reason)


class Evaluation(msgspec.Struct):
    """The score of an instance. Mask a sample exactly when `failure` is not None."""

    reward: float | None
    """From 0.0 to 1.0; None when we failed."""
    success: bool | None
    failure: Failure | None
    verdict: dict[str, Any] = {}
    """The official engine's own fields; `valid` in it is its word for right or wrong."""
    reward_parts: dict[str, float] | None = None
    """Always with the official score as `sparse`; None when we failed."""
    provenance: dict[str, Any] | None = None
    end_reason: str | None = None

    @property
    def sparse(self) -> float | None:
        """The official score, whatever `params.reward` asks for; None when we failed."""
        return None if self.failure is not None or self.reward_parts is None else self.reward_parts.get("sparse")


class Released(msgspec.Struct):
    """Whether there was an instance to let go."""

    released: bool


class Cancelled(msgspec.Struct):
    """The instances that went."""

    cancelled: list[str]


class TaskPage(msgspec.Struct):
    """A page of a task list; `next_cursor` is None on the last one."""

    tasks: list[TaskRow]
    total: int
    next_cursor: str | None = None


class Profile(msgspec.Struct):
    """What a server says of one environment."""

    env_type: str
    version: str = ""
    replay: str = "none"
    splits: list[str] = []
    unavailable: list[dict[str, Any]] = []
    """`{what, reason}`: what cannot be served, and why."""
    task_ids: list[str] = []


class Welcome(msgspec.Struct):
    """What a server says of itself."""

    session: str
    resumed: bool
    version: int = 1
    server: str = ""
    limits: dict[str, float] = {}
    environments: list[Profile] = []
    endpoints: list[str] = []
