"""The older training-sandbox service's classes, over Stepwell's socket: a program written for them changes only this import.

```python
from stepwell.agentscope import BFCLSandbox

box = BFCLSandbox(base_url="http://127.0.0.1:8000")
task_id = box.get_env_profile(env_type="bfcl", split="train")[0]
created = box.create_instance(env_type="bfcl", task_id=task_id)
```

Shapes and names are the older ones: plain dicts, `ValueError("HTTP Error <status>: <detail>")`. Its defects are not, see
docs/http.md. A failure of the service is an error that may be tried again, never a score of 0. Without a `base_url` a sandbox
starts a server of its own on this machine and stops it with `close()`.
"""

from __future__ import annotations

import re
import threading
import time
from typing import TYPE_CHECKING, Any

import stepwell

from .protocol.errors import StepwellError, UnknownInstanceError, WorkerLostError

if TYPE_CHECKING:
    from types import TracebackType

    from .results import Evaluation

__all__ = ["APPWorldSandbox", "BFCLSandbox", "SandboxError", "TrainingSandbox", "TrainingSandboxClient", "WebShopSandbox"]

IGNORED = frozenset({"is_open_query", "data_path", "split", "sparse"})
"""Parameters that older programs send and that change nothing here."""


class SandboxError(ValueError):
    """What the older client raises; `code` and `retryable` are the protocol's."""

    def __init__(self, status: int, detail: str, code: str, *, retryable: bool) -> None:
        super().__init__(f"HTTP Error {status}: {detail}")
        self.status = status
        self.detail = detail
        self.code = code
        self.retryable = retryable


class TrainingSandboxClient:
    """The older client; `base_url` may be of any form that `stepwell.connect` takes. Connects at its first call."""

    def __init__(self, base_url: str = "http://localhost:8000", *, bearer_token: str | None = None) -> None:
        self.base_url = base_url.rstrip("/")
        self.timeout = 100
        """Seconds that `wait_until_healthy` waits."""
        self._token = bearer_token
        self._lock = threading.Lock()
        self._well: stepwell.Client | None = None

    def __enter__(self) -> TrainingSandboxClient:
        self.wait_until_healthy()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection; a later call opens it again."""
        with self._lock:
            well, self._well = self._well, None
        if well is not None:
            well.close()

    def wait_until_healthy(self) -> None:
        """Waits until the service answers. Raises TimeoutError."""
        end = time.monotonic() + self.timeout
        while not self.check_health():
            if time.monotonic() > end:
                raise TimeoutError("Runtime service did not start within the specified timeout.")
            time.sleep(1)

    def check_health(self) -> bool:
        """Whether the service answers."""
        try:
            self._client().ping(timeout=10)
        except StepwellError:
            return False
        return True

    def get_task_ids(self, env_type: str, split: str = "train", params: dict[str, Any] | None = None) -> list[str]:
        """The ids of the tasks of a split; `params` filters as the environment can."""
        return self.get_env_profile(env_type, split, params)

    def get_env_profile(self, env_type: str, split: str = "train", params: dict[str, Any] | None = None) -> list[str]:
        """The ids of the tasks of a split; `params` filters as the environment can."""
        try:
            return self._client().env_profile(env_type, split, where=_ours(params))
        except StepwellError as error:
            raise _refusal(error) from error

    def get_tools_info(
        self, instance_id: str, messages: dict[str, Any] | None = None, params: dict[str, Any] | None = None
    ) -> str:
        """The tools of an instance, as text."""
        try:
            about = self._client().instance(instance_id).inspect()
        except StepwellError as error:
            raise _refusal(error, instance_id) from error
        tools = about.get("tools")
        return f"Available tools:\n{tools}" if isinstance(tools, str) else "Available tools:\n"

    def create_instance(
        self, env_type: str, task_id: str, instance_id: str | None = None, params: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Creates an instance of a task: `{state, info}`."""
        try:
            created = self._client().create(env_type, task_id, params=_ours(params), instance_id=instance_id)
        except StepwellError as error:
            raise _refusal(error, instance_id) from error
        info = dict(created.info)
        info.update(test_id=info["task_id"], tools_count=len(created.tools), questions_count=info.get("turns"))
        return {"state": created.state, "info": info}

    def step(
        self, instance_id: str, action: dict[str, Any] | None = None, params: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """One assistant message in; `{state, reward, is_terminated, info}`."""
        try:
            step = self._client().instance(instance_id).step(action or {})
        except StepwellError as error:
            raise _refusal(error, instance_id) from error
        if step.failure is not None:
            raise _failed(step.failure)
        # Older programs read `tool_calls` of every message.
        state = [{**message, "tool_calls": message.get("tool_calls") or []} for message in step.state]
        return {"state": state, "reward": step.reward, "is_terminated": step.is_terminated, "info": step.info}

    def evaluate(
        self, instance_id: str, messages: dict[str, Any] | None = None, params: dict[str, Any] | None = None
    ) -> float | dict[str, Any]:
        """The score: a number with `params={"sparse": True}`, else the older report. Changes nothing."""
        try:
            instance = self._client().instance(instance_id)
            score, about = instance.evaluate(), instance.inspect()
        except StepwellError as error:
            raise _refusal(error, instance_id) from error
        if score.failure is not None or score.reward is None:
            raise _failed(score.failure or stepwell.Failure("engine_error", "there is no reward"))
        return score.reward if (params or {}).get("sparse") is True else _report(score, about)

    def release_instance(self, instance_id: str) -> bool:
        """Lets an instance go; False when there was none."""
        try:
            return self._client().instance(instance_id).release()
        except StepwellError as error:
            raise _refusal(error, instance_id) from error

    def add_mcp_servers(self, server_configs: Any, overwrite: bool = False) -> None:
        """Nothing, as in the older client."""

    def list_tools(self, **kwargs: Any) -> str | None:
        """The tools of `instance_id`, as text."""
        return self.get_tools_info(kwargs["instance_id"]) if "instance_id" in kwargs else None

    def call_tool(self, name: str, arguments: dict[str, Any] | None = None) -> Any:
        """Calls one of the methods above by its name. Raises ValueError for another name."""
        if arguments is None:
            return None
        methods = {
            "create_instance": self.create_instance,
            "release_instance": self.release_instance,
            "evaluate": self.evaluate,
            "step": self.step,
            "get_task_ids": self.get_task_ids,
            "get_env_profile": self.get_env_profile,
            "get_tools_info": self.get_tools_info,
        }
        if name not in methods:
            raise ValueError(f"no tool {name!r}; there are: {', '.join(methods)}")
        return methods[name](**arguments)  # type: ignore[operator]

    def _client(self) -> stepwell.Client:
        with self._lock:
            if self._well is None:
                self._well = stepwell.Client(self.base_url, token=self._token)
            return self._well


class TrainingSandbox:
    """The older sandbox: a service of one environment, the one at `base_url` or a server of its own."""

    env_type = ""

    def __init__(
        self,
        sandbox_id: str | None = None,
        timeout: int = 3000,
        base_url: str | None = None,
        bearer_token: str | None = None,
    ) -> None:
        """`sandbox_id` is kept and has no meaning here; `timeout` bounds the start of a server of its own, seconds."""
        self.sandbox_id = sandbox_id
        self.timeout = timeout
        self._server = None if base_url else stepwell.serve([self.env_type] if self.env_type else None, timeout=timeout)
        self.base_url = base_url or (self._server.url if self._server else "")
        self._client = TrainingSandboxClient(self.base_url, bearer_token=bearer_token)

    def __enter__(self) -> TrainingSandbox:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection, and stops the server where it is its own."""
        self._client.close()
        if self._server is not None:
            self._server.stop()

    def create_instance(
        self, env_type: str, task_id: str, instance_id: str | None = None, params: dict[str, Any] | None = None
    ) -> Any:
        """Creates an instance of a task: `{state, info}`."""
        return self._client.create_instance(env_type, task_id, instance_id, params)

    def get_task_ids(self, env_type: str, split: str = "train", params: dict[str, Any] | None = None) -> Any:
        """The ids of the tasks of a split."""
        return self._client.get_task_ids(env_type, split, params)

    def get_env_profile(self, env_type: str, split: str = "train", params: dict[str, Any] | None = None) -> Any:
        """The ids of the tasks of a split."""
        return self._client.get_env_profile(env_type, split, params)

    def get_tools_info(
        self, instance_id: str, messages: dict[str, Any] | None = None, params: dict[str, Any] | None = None
    ) -> Any:
        """The tools of an instance, as text."""
        return self._client.get_tools_info(instance_id, messages, params)

    def step(self, instance_id: str, action: dict[str, Any] | None = None, params: dict[str, Any] | None = None) -> Any:
        """One assistant message in; `{state, reward, is_terminated, info}`."""
        return self._client.step(instance_id, action, params)

    def evaluate(self, instance_id: str, messages: dict[str, Any] | None = None, params: dict[str, Any] | None = None) -> Any:
        """The score: a number with `params={"sparse": True}`, else the older report."""
        return self._client.evaluate(instance_id, messages, params)

    def release_instance(self, instance_id: str) -> Any:
        """Lets an instance go; False when there was none."""
        return self._client.release_instance(instance_id)

    def call_tool(self, name: str, arguments: dict[str, Any] | None = None) -> Any:
        """Calls one of the methods above by its name."""
        return self._client.call_tool(name, arguments)

    def list_tools(self, tool_type: str | None = None, **kwargs: Any) -> Any:
        """The tools of `instance_id`, as text."""
        return self._client.list_tools(**kwargs)


class BFCLSandbox(TrainingSandbox):
    """BFCL."""

    env_type = "bfcl"


class APPWorldSandbox(TrainingSandbox):
    """AppWorld."""

    env_type = "appworld"


class WebShopSandbox(TrainingSandbox):
    """WebShop."""

    env_type = "webshop"


def _ours(params: dict[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (params or {}).items() if name not in IGNORED}


def _refusal(error: StepwellError, instance_id: str | None = None) -> SandboxError:
    detail = f"Instance {instance_id} not found!" if isinstance(error, UnknownInstanceError) else error.message
    return SandboxError(error.http, detail, error.code, retryable=error.retryable)


def _failed(failure: stepwell.Failure) -> SandboxError:
    return SandboxError(WorkerLostError.http, failure.message, WorkerLostError.code, retryable=True)


def _report(score: Evaluation, about: dict[str, Any]) -> dict[str, Any]:
    """The older fields of an evaluation, then ours."""
    solved = score.success is True
    turn = about.get("turn")
    return {
        "valid": solved,
        "accuracy": 1.0 if solved else 0.0,
        "total_count": 1,
        "correct_count": 1 if solved else 0,
        "test_category": re.sub(r"_\d+$", "", str(about["task_id"])),
        "test_id": about["task_id"],
        "model_name": "env_handler",
        "input_tokens": 0,
        "output_tokens": 0,
        "turn_count": turn + 1 if isinstance(turn, int) else None,
        "completed": about.get("is_terminated", False),
        "reward": score.reward,
        "verdict": score.verdict,
        "reward_parts": score.reward_parts,
    }
