"""The public side of the kit: an environment as a class, of which one object is one instance.

`tasks` lists what there is to solve; `create` starts an episode and gives its first messages; `step` takes an assistant
message; `evaluate` scores. `snapshot` answers `info` requests. All of it is synchronous and single-threaded.

A model's mistake is an observation: `step` never raises for what the model did. A caller's mistake is one of
`stepwell.protocol.errors` (`UnknownTaskError`, `UnknownSplitError`, `BadParamsError`). Any other exception is a failure
of the environment: it ends that instance alone, and its reward is null.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterable, Sequence

Message = dict[str, Any]
"""A chat message: `role`, `content`, and where they apply `tool_calls`, `tool_call_id`, `name`."""

EndReason = Literal["completed", "gave_up", "force_quit", "action_crash"]


@dataclass(frozen=True, slots=True)
class Task:
    """What an episode is started with."""

    task_id: str
    params: dict[str, Any] = field(default_factory=dict)
    seed: int | None = None
    started_at: float = 0.0
    """The episode's own clock, seconds since 1970. An environment that is to be rebuilt has no other clock."""


@dataclass(slots=True)
class Start:
    """The beginning of an episode."""

    state: list[Message]
    tools: list[dict[str, Any]] = field(default_factory=list)
    """As OpenAI describes tools."""
    info: dict[str, Any] = field(default_factory=dict)
    prompt_sha256: str | None = None


@dataclass(slots=True)
class Step:
    """What a step gives: the messages to append, and its reward (sparse: 0 in every step but the last)."""

    state: list[Message]
    reward: float = 0.0
    end_reason: EndReason | None = None
    """Set when the episode ended with this step."""
    valid: bool = True
    """Whether the message held an action that could be read."""
    format: str | None = "text"
    """How the action was written; None where there was none."""
    parse_errors: list[str] = field(default_factory=list)
    reward_parts: dict[str, float] | None = None
    """Always with `sparse`, the official score."""
    info: dict[str, Any] | None = None
    tools_added: list[dict[str, Any]] | None = None

    def to_wire(self) -> dict[str, Any]:
        """The `ok` of a step."""
        action = {"valid": self.valid, "format": self.format, "parse_errors": self.parse_errors}
        wire = {"state": self.state, "reward": float(self.reward), "end_reason": self.end_reason, "action": action}
        for name in ("reward_parts", "info", "tools_added"):
            if (value := getattr(self, name)) is not None:
                wire[name] = value
        return wire


@dataclass(slots=True)
class Score:
    """The score so far: `reward` in [0, 1], as `params.reward` says."""

    reward: float
    success: bool
    verdict: dict[str, Any] = field(default_factory=dict)
    """The official engine's own fields."""
    reward_parts: dict[str, float] = field(default_factory=dict)
    """`sparse` is `reward` where it is left out."""

    def to_wire(self) -> dict[str, Any]:
        """The `ok` of an evaluation."""
        parts = {"sparse": float(self.reward), **{name: float(part) for name, part in self.reward_parts.items()}}
        return {
            "reward": float(self.reward),
            "success": bool(self.success),
            "verdict": self.verdict,
            "reward_parts": parts,
        }


class Environment:
    """A family of tasks. Subclass it, and run `stepwell-worker my_module:MyEnv`."""

    env_type: ClassVar[str]
    version: ClassVar[str] = "1"
    """Version of the environment's behaviour; it goes to the provenance of every result."""
    engine: ClassVar[str] = ""
    """Version of the official engine; `ENV_TYPE VERSION` where it is left out."""
    replay: ClassVar[Literal["exact", "measured", "none"]] = "exact"
    """Whether a log of actions rebuilds the same observations: always, as measured, or not at all."""
    splits: ClassVar[Sequence[str]] = ("train",)
    data_sha256: ClassVar[str | None] = None
    unavailable: ClassVar[Sequence[dict[str, str]]] = ()
    """What cannot be served here: `{"what", "reason"}` each."""
    capacity: ClassVar[int] = 32
    """Instances that a worker takes at once."""
    action_timeout_s: ClassVar[float | None] = None
    """Seconds that an action may take; the server's default (30) where it is None."""
    max_steps: ClassVar[int | None] = None
    """Steps of an instance whose create does not say; no limit where it is None. The server counts them."""
    has_companion: ClassVar[bool] = False
    """With `isolation="fork"`: whether every instance gets a second process, see `run_companion`."""

    inherits_environ: ClassVar[Sequence[str] | None] = None
    """With `isolation="fork"`: environment variables that its processes have besides PATH, HOME, LANG and Python's own;
    a name may end in `*`. None: all of them. Leave out what model code must not read."""

    timeout_s: float = 30.0
    """Seconds that the step under way may take. Past it its process is killed."""
    companion: socket.socket | None = None
    """The instance's end of the socket to its companion."""

    @classmethod
    def prepare(cls) -> None:
        """Once a worker, in the process that others are forked from: import the engine, warm it. No data yet."""

    @classmethod
    def load(cls) -> None:
        """Once, after `prepare`: read data that instances share. Companions never see what was read here."""

    @classmethod
    def extras(cls) -> dict[str, Any]:
        """More fields for the profile of the worker."""
        return {}

    @classmethod
    def tasks(cls, split: str, query: dict[str, Any]) -> Iterable[dict[str, Any]]:
        """The tasks of a split as rows `{"task_id", ...}`, in their order; `query` is the caller's filter.

        Raises UnknownSplitError, BadRequestError.
        """
        raise NotImplementedError

    @classmethod
    def run_companion(cls, connection: socket.socket) -> None:
        """The life of an instance's second process, for what must not be near the data: a model's code.

        It is forked before `load`, so that it holds none of the data. The worker kills it alone when an action is
        overdue; the instance then reads the end of `companion`, and can still tell the true score.
        """
        raise NotImplementedError

    def create(self, task: Task) -> Start | list[Message]:
        """Starts the episode. Raises UnknownTaskError, BadParamsError."""
        raise NotImplementedError

    def step(self, action: Message) -> Step:
        """Does what an assistant message says."""
        raise NotImplementedError

    def evaluate(self) -> Score:
        """The score so far. Changes nothing and may be asked at any time."""
        raise NotImplementedError

    def snapshot(self, query: dict[str, Any]) -> dict[str, Any]:
        """What an `info` request is answered with."""
        return {}

    def close(self) -> None:
        """Called where an instance is released in the worker's own process; a forked one is killed."""


def profile_of(environment: type[Environment]) -> dict[str, Any]:
    """The `ok` of a `profile` request."""
    wire: dict[str, Any] = {
        "profile": {
            "env_type": environment.env_type,
            "version": environment.version,
            "replay": environment.replay,
            "splits": list(environment.splits),
            "unavailable": list(environment.unavailable),
        },
        "engine": environment.engine or f"{environment.env_type} {environment.version}",
        "data_sha256": environment.data_sha256,
        **environment.extras(),
    }
    if environment.action_timeout_s is not None:
        wire["action_timeout_s"] = environment.action_timeout_s
    if environment.max_steps is not None:
        wire["max_steps"] = environment.max_steps
    return wire
