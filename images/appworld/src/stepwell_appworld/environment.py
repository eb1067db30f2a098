"""AppWorld as an environment of the kit: an object is an instance, lives in the API process, and has an executor."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from stepwell.worker import (
    BadRequestError,
    Environment,
    Message,
    Score,
    Start,
    Step,
    Task,
    UnknownSplitError,
    UnknownTaskError,
    sandbox,
)

from . import actions, params, prompt
from .actions import TOOL
from .frames import PeerGoneError
from .link import ExecutorLink

if TYPE_CHECKING:
    import socket

    from stepwell.worker import EndReason

    from .world import World

SEED = 100
"""The engine's random seed where a create gives none, as the engine has it."""
MAX_STEPS = 50
SPLITS = ("train", "dev", "test_normal", "test_challenge")
CRASHED = """Execution failed. Traceback:
The code had to be stopped: it ran too long, took too much memory, or ended its process."""


class AppWorld(Environment):
    """Served from the folder that STEPWELL_APPWORLD_ROOT names (it has `data/`)."""

    env_type = "appworld"
    version = "1"
    engine = "appworld 0.1.3.post1"
    replay = "measured"
    splits = SPLITS
    max_steps = MAX_STEPS
    has_companion = True
    inherits_environ = ("STEPWELL_APPWORLD_*",)
    root: ClassVar[Path] = Path()
    """The folder with the data that are served."""
    known: ClassVar[dict[str, tuple[str, ...]]] = {}
    """Task ids of each split."""

    _world: World
    _link: ExecutorLink
    _params: params.Params
    _end: EndReason | None = None
    _score: dict[str, Any] | None = None

    @classmethod
    def prepare(cls) -> None:
        """Imports and warms the engine. Raises RuntimeError where model code could not be confined."""
        from . import engine

        cls.root = data_root()
        sandbox.require()
        engine.prepare()

    @classmethod
    def load(cls) -> None:
        """Reads the base databases and the lists of tasks."""
        from . import bases, engine

        engine.use_root(cls.root)
        cls.known = {split: tuple(_ids(cls.root / "data" / "datasets" / f"{split}.txt")) for split in SPLITS}
        cls.unavailable = [
            {"what": f"split {split}", "reason": "its list of tasks is empty or missing"}
            for split, ids in cls.known.items()
            if not ids
        ]
        cls.data_sha256 = _digest(cls.root / "data")
        bases.load(cls.root / "data" / "base_dbs")

    @classmethod
    def extras(cls) -> dict[str, Any]:
        """What a launcher shows: the walls around model code."""
        return {"protections": sandbox.protections()}

    @classmethod
    def tasks(cls, split: str, query: dict[str, Any]) -> list[dict[str, Any]]:
        """Rows with `scenario_id`, `difficulty`, `instruction`; the query may give any of the first two."""
        if split not in SPLITS:
            raise UnknownSplitError(f"appworld has the splits {', '.join(SPLITS)}, not {split!r}")
        for name in query:
            if name not in ("difficulty", "scenario_id"):
                raise BadRequestError(f"appworld has no filter {name!r}; there are: difficulty, scenario_id")
        rows = (_row(cls.root / "data" / "tasks" / task_id) for task_id in cls.known[split])
        return [row for row in rows if all(row[name] == value for name, value in query.items())]

    @classmethod
    def run_companion(cls, connection: socket.socket) -> None:
        """The executor's life."""
        from . import executor

        executor.run(connection)

    def create(self, task: Task) -> Start:
        """Opens the task's databases and its prompt."""
        from . import confine
        from .world import World

        if not any(task.task_id in ids for ids in self.known.values()):
            raise UnknownTaskError(f"no task {task.task_id[:100]!r} in {', '.join(SPLITS)}")
        self._params = params.read(task.params)
        seed = SEED if task.seed is None else task.seed
        confine.api_process(self.root)
        self._world = World(self.root, task.task_id, seed)
        assert self.companion is not None  # noqa: S101
        self._link = ExecutorLink(self.companion, self._world)
        about = self._world.task
        self._link.start(about.datetime, seed)
        user = {name: about.supervisor[name] for name in ("first_name", "last_name", "email", "phone_number")}
        values = {
            "main_user": user,
            "app_descriptions": json.dumps(
                [{"name": name, "description": text} for name, text in about.app_descriptions.items()], indent=1
            ),
            "instruction": about.instruction,
        }
        text = prompt.template(is_simple=self._params.simple)
        system = prompt.render(text, values, is_whole=self._params.prompt)
        return Start(
            [{"role": "system", "content": system}, {"role": "user", "content": about.instruction}],
            tools=[TOOL] if self._params.action_format == "tool_calls" else [],
            info={"scenario_id": about.generator_id, "datetime": about.datetime.isoformat()},
            prompt_sha256=hashlib.sha256(system.encode()).hexdigest(),
        )

    def step(self, action: Message) -> Step:
        """Runs the message's code in the executor."""
        read = actions.read(action, allowed=self._params.action_format, is_simple=self._params.simple)
        state = [_result(call_id, problem) for call_id, problem in read.rejected]
        for call_id, code in read.runs:
            try:
                said = self._link.run(code, self._engine_timeout_s(len(read.runs)), self._params.max_output_chars)
            except PeerGoneError:
                self._end = "action_crash"
                said = CRASHED
            state.append(_result(call_id, said) if call_id is not None else self._observed(said))
            self._end = self._end or self._status()
            if self._end:
                break
        if not state:
            state = [{"role": "user", "content": ""}]
        return self._stepped(state, read)

    def evaluate(self) -> Score:
        """The official evaluation, and the reward that `params.reward` asks for."""
        verdict = self._world.evaluate()
        parts = reward_parts(verdict)
        reward = parts["dense"] if self._params.reward == "dense" else parts["sparse"]
        return Score(reward, bool(verdict["success"]), verdict, parts)

    def snapshot(self, query: dict[str, Any]) -> dict[str, Any]:
        """What there is to say of an episode, without a word about its score."""
        return {"status": self._end or "going on", "scenario_id": self._world.task.generator_id}

    def _stepped(self, state: list[Message], read: actions.Action) -> Step:
        step = Step(state, valid=bool(read.runs) and not read.errors, format=read.format, parse_errors=read.errors)
        step.end_reason = self._end
        if self._end:
            score = self.evaluate()
            step.reward, step.reward_parts = score.reward, score.reward_parts
        return step

    def _observed(self, said: str) -> Message:
        content = said if self._params.simple else f"Output:\n```\n{said}```\n\n"
        return {"role": "user", "content": content}

    def _status(self) -> EndReason | None:
        status = self._world.status()
        return None if status is None else "completed" if status == "success" else "gave_up"

    def _engine_timeout_s(self, runs: int) -> int:
        """Seconds until the engine's own time-out, an observation; the worker's, which kills, comes after it."""
        return max(1, int((self.timeout_s - max(1.0, self.timeout_s / 10)) / runs))


def data_root() -> Path:
    """The folder that is served. Raises RuntimeError with what to do."""
    given = os.environ.get("STEPWELL_APPWORLD_ROOT")
    if not given:
        raise RuntimeError("no data: set STEPWELL_APPWORLD_ROOT to a folder with data/, or run `stepwell pull appworld`")
    root = Path(given).resolve()
    for needed in ("data/base_dbs", "data/datasets", "data/tasks", "data/api_docs/standard"):
        if not (root / needed).is_dir():
            raise RuntimeError(f"{root} has no {needed}: run `stepwell pull appworld`, or with --mini for a small set")
    return root


def reward_parts(verdict: dict[str, Any]) -> dict[str, float]:
    """Sparse; tests passed of all; and the same above what doing nothing passes."""
    tests, passed = verdict["num_tests"], len(verdict["passes"])
    labels = [test["label"] for test in (*verdict["passes"], *verdict["failures"])]
    by_doing_nothing = labels.count("no_op_pass")
    above = (passed - by_doing_nothing) / (tests - by_doing_nothing) if tests > by_doing_nothing else float(passed == tests)
    return {
        "sparse": float(verdict["success"]),
        "dense": passed / tests if tests else 0.0,
        "dense_above_no_op": max(0.0, above),
    }


def _result(call_id: str, content: str) -> Message:
    return {"role": "tool", "tool_call_id": call_id, "content": content}


def _ids(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return [line.split(":")[0].strip() for line in lines if line.strip()]


def _row(folder: Path) -> dict[str, Any]:
    specs = json.loads((folder / "specs.json").read_text(encoding="utf-8"))
    metadata = json.loads((folder / "ground_truth" / "metadata.json").read_text(encoding="utf-8"))
    return {
        "task_id": folder.name,
        "scenario_id": folder.name.rpartition("_")[0],
        "difficulty": metadata.get("difficulty"),
        "instruction": specs["instruction"],
    }


def _digest(data: Path) -> str:
    """Of every file that decides an observation or a score."""
    digest = hashlib.sha256()
    for folder in ("api_docs/standard", "base_dbs", "datasets", "tasks"):
        for path in sorted((data / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                with path.open("rb") as file:
                    inner = hashlib.file_digest(file, "sha256").hexdigest()
                digest.update(f"{path.relative_to(data).as_posix()} {inner}\n".encode())
    return digest.hexdigest()
