"""Stepwell's tasks for verifiers (`verifiers.v1`): a taskset, and the environment that plays the other side.

```python
taskset = StepwellTaskset(StepwellConfig(url="ws://127.0.0.1:8000", env_type="bfcl", split="train_clean"))
```

The model's replies are the actions, and observations come back as user turns. The reward is recorded on the trace as
`stepwell`. A failure of the service raises, which fails the episode: verifiers retries it or leaves it out, and never counts
a 0.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any

import verifiers.v1 as vf
from pydantic import Field

from .aio import AsyncClient
from .protocol.errors import StepwellError
from .rows import rows_of
from .sync import Client

if TYPE_CHECKING:
    from collections.abc import Iterator

REWARD = "stepwell"


class EpisodeFailedError(RuntimeError):
    """The service failed, not the model."""


class StepwellConfig(vf.TasksetConfig):  # type: ignore[misc]
    """Which tasks."""

    url: str = "ws://127.0.0.1:8000"
    token: str | None = None
    env_type: str = "bfcl"
    split: str = "train"
    params: dict[str, Any] = Field(default_factory=dict)
    where: dict[str, Any] = Field(default_factory=dict)
    limit: int | None = None


class StepwellData(vf.TaskData):  # type: ignore[misc]
    """A task and where it is served."""

    info: dict[str, Any]
    """`url`, `env_type`, `task_id`, `params`, `provenance`, and columns of the environment."""


class StepwellTask(vf.Task[StepwellData, vf.State, vf.TaskConfig]):  # type: ignore[misc]
    """One task."""

    @property
    def key(self) -> str:
        """The task's own id."""
        return f"{self.data.info['env_type']}/{self.data.info['task_id']}"


class StepwellEnvConfig(vf.EnvConfig):  # type: ignore[misc]
    """Who plays."""

    player: vf.AgentConfig = vf.AgentConfig(harness={"id": "null"})


class StepwellEnv(vf.Env[StepwellEnvConfig]):  # type: ignore[misc]
    """Plays the other side of the model's conversation, over one connection."""

    _well: AsyncClient | None = None
    _connecting: asyncio.Lock | None = None

    async def stop(self) -> None:
        """Closes the connection."""
        well, self._well = self._well, None
        if well is not None:
            await well.close()

    async def run(self, task: Any, agents: Any) -> None:
        """One episode. Raises EpisodeFailedError."""
        info = task.data.info
        try:
            well = await self._connect(info["url"], info.get("token"))
            instance = await well.create(info["env_type"], info["task_id"], params=info["params"])
        except StepwellError as error:
            raise EpisodeFailedError(str(error)) from error
        try:
            async with agents.player.interaction(task) as interaction:
                segment = await interaction.turn()
                over = False
                while not segment.terminated:
                    step = await instance.step(segment.last_reply)
                    over = step.is_terminated
                    if over:
                        break
                    segment = await interaction.turn("\n\n".join(str(message["content"]) for message in step.state))
            if interaction.trace.errors:
                # The endpoint or the harness failed, and the trace says so: the state that it left scores nobody.
                return
            score = await (instance.evaluate() if over else instance.finish())
        except StepwellError as error:
            raise EpisodeFailedError(str(error)) from error
        finally:
            with contextlib.suppress(StepwellError):
                await instance.release(timeout=30.0)
        if score.failure is not None or score.reward is None:
            raise EpisodeFailedError(str(score.failure))
        trace = interaction.trace
        trace.record_reward(REWARD, score.reward, 1.0)
        trace.info["end_reason"] = score.end_reason
        trace.info["verdict"] = score.verdict

    async def _connect(self, url: str, token: str | None) -> AsyncClient:
        if self._connecting is None:
            self._connecting = asyncio.Lock()
        async with self._connecting:
            if self._well is None:
                self._well = await AsyncClient(url, token=token).connect()
            return self._well


class StepwellTaskset(vf.Taskset[StepwellTask, StepwellConfig]):  # type: ignore[misc]
    """The tasks of a split."""

    def load(self) -> Iterator[StepwellTask]:
        """Yields the tasks, each with its first messages as prompt."""
        config = self.config
        with Client(config.url, token=config.token) as well:
            rows = rows_of(
                well,
                config.env_type,
                config.split,
                "verifiers",
                params=config.params,
                where=config.where or None,
                limit=config.limit,
            )
        for row in rows:
            facts = json.loads(row["info"])
            system = [message["content"] for message in row["prompt"] if message["role"] == "system"]
            others = [message["content"] for message in row["prompt"] if message["role"] != "system"]
            info = {**facts, "url": config.url, "token": config.token, "params": json.loads(facts["params"])}
            data = StepwellData(
                id=facts["task_id"],
                name=facts["task_id"],
                prompt="\n\n".join(others),
                system_prompt="\n\n".join(system) or None,
                info=info,
            )
            yield StepwellTask(data, config.task)


__all__ = ["EpisodeFailedError", "StepwellConfig", "StepwellEnv", "StepwellEnvConfig", "StepwellTask", "StepwellTaskset"]
