"""Stepwell's environments for SkyRL-gym: a `BaseTextEnv` for each episode, all over one connection of the process.

```python
import stepwell.skyrl  # registers the environment "stepwell"

env = skyrl_gym.make("stepwell", env_config={"url": "ws://127.0.0.1:8000"}, extras=row)
```

SkyRL has no mask for a sample, so a failure of the service raises `EpisodeFailedError`, and the trainer drops the trajectory;
it is never a reward of 0. With `on_failure="mask"` in the config the episode ends instead with reward 0.0 and `failure` in its
metadata and metrics: set the loss mask of such a trajectory to zeros, and leave it out of its group's baseline
(`stepwell.advantages`).
"""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import skyrl_gym
from skyrl_gym.envs.base_text_env import BaseTextEnv, BaseTextEnvStepOutput, ConversationType

from .protocol.errors import StepwellError
from .results import Failure
from .rows import SKYRL_ENV
from .sync import Client, Instance

if TYPE_CHECKING:
    from collections.abc import Mapping

_clients: dict[tuple[str, str | None], Client] = {}
_lock = threading.Lock()


def shared_client(url: str, token: str | None) -> Client:
    """The connection of this process to a server: SkyRL steps its environments from many threads."""
    with _lock:
        if (url, token) not in _clients:
            _clients[url, token] = Client(url, token=token)
        return _clients[url, token]


def close_clients() -> None:
    """Closes the connections of this process."""
    with _lock:
        while _clients:
            _clients.popitem()[1].close()


class EpisodeFailedError(RuntimeError):
    """The service failed, not the model: the trajectory is to be dropped."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(f"{failure.kind}: {failure.message}")
        self.failure = failure


class StepwellEnv(BaseTextEnv):  # type: ignore[misc]
    """One episode. `extras` is the row that `stepwell.dataset(..., for_="skyrl")` gives."""

    def __init__(self, env_config: Any = None, extras: Mapping[str, Any] | None = None) -> None:
        """`env_config`: `url`, `token`, `on_failure` (`raise` or `mask`). `extras`: `extra_info`, and `max_turns` of SkyRL."""
        super().__init__()
        config = dict(env_config or {})
        facts = dict((extras or {}).get("extra_info") or {})
        self._on_failure: str = config.get("on_failure", "raise")
        self._well = shared_client(config.get("url", "ws://127.0.0.1:8000"), config.get("token"))
        self._env_type: str = facts["env_type"]
        self._task_id: str = facts["task_id"]
        params = facts.get("params") or {}
        self._params: dict[str, Any] = json.loads(params) if isinstance(params, str) else dict(params)
        self.max_turns = int((extras or {}).get("max_turns", 1_000_000))
        self._instance: Instance | None = None
        self._rewards = 0.0
        self._failure: Failure | None = None
        self._success: bool | None = None

    def init(self, prompt: ConversationType) -> tuple[ConversationType, dict[str, Any]]:
        """Creates the instance; the conversation begins with its own messages."""
        try:
            self._instance = self._well.create(self._env_type, self._task_id, params=self._params)
        except StepwellError as error:
            raise EpisodeFailedError(Failure("create_failed", str(error))) from error
        return self._instance.state, {"instance_id": self._instance.id, "task_id": self._task_id}

    def step(self, action: str) -> BaseTextEnvStepOutput:
        """One assistant message in. The rewards of the steps sum to the score of the episode."""
        if self._instance is None:
            raise RuntimeError("init() first")
        self.turns += 1
        try:
            step = self._instance.step(action)
            done, reward, failure, metadata = step.is_terminated, step.reward, step.failure, step.info
            if not done and self.turns >= self.max_turns:
                score = self._instance.finish()
                done, failure = True, score.failure
                reward = None if score.reward is None else score.reward - self._rewards
            if done and failure is None:
                self._success = self._instance.evaluate().success
        except StepwellError as error:
            failure = Failure("client_error", str(error))
        if failure is not None:
            return self._failed(failure)
        self._rewards += reward or 0.0
        return BaseTextEnvStepOutput(observations=step.state, reward=reward or 0.0, done=done, metadata=metadata)

    def _failed(self, failure: Failure) -> BaseTextEnvStepOutput:
        self._failure = failure
        self.close()
        if self._on_failure != "mask":
            raise EpisodeFailedError(failure)
        about = {"kind": failure.kind, "message": failure.message}
        return BaseTextEnvStepOutput(observations=[], reward=0.0, done=True, metadata={"failure": about})

    def get_metrics(self) -> dict[str, Any]:
        """`reward` and `success` of the episode, both absent where it failed; `failed`; `turns`."""
        if self._failure is not None:
            return {"failed": 1.0, "turns": self.turns}
        return {"failed": 0.0, "turns": self.turns, "reward": self._rewards, "success": float(self._success is True)}

    def close(self) -> None:
        """Lets the instance go; may be called twice."""
        instance, self._instance = self._instance, None
        if instance is None:
            return
        try:
            instance.release(timeout=30.0)
        except StepwellError:
            # The server frees it by its idle clock.
            return


if SKYRL_ENV not in skyrl_gym.registry:
    skyrl_gym.register(id=SKYRL_ENV, entry_point="stepwell.skyrl:StepwellEnv")
