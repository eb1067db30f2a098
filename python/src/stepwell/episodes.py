"""Whole episodes: a model behind an OpenAI-compatible endpoint plays tasks, and what it said comes back with its reward.

For rLLM, AReaL, agent-lightning and plain evaluation: whatever gives them an OpenAI client gets rewards from here.
"""

from __future__ import annotations

import asyncio
import inspect
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from .actions import wire_action
from .protocol.errors import StepwellError
from .results import Evaluation, Failure, Message

if TYPE_CHECKING:
    from .aio import AsyncClient, AsyncInstance

Policy = Callable[[list[Message], list[dict[str, Any]]], Awaitable[Message]]
"""Gives the assistant message for a conversation and the tools that stand open."""

Tools = Literal["prompt", "api"]
"""Where the model reads of its tools: in the system message of the task, or in the `tools` field of the request."""


@dataclass
class Episode:
    """One played task. Use the sample unless `failure` is set: then the reward is None, and the sample has to be masked."""

    task_id: str
    messages: list[Message] = field(default_factory=list)
    """The whole conversation, from the first message to the last observation."""
    reward: float | None = None
    success: bool | None = None
    failure: Failure | None = None
    """Ours, or `model_error` when the endpoint failed, or `client_error` with the error of a call."""
    end_reason: str | None = None
    steps: int = 0
    step_rewards: list[float | None] = field(default_factory=list)
    tools: list[dict[str, Any]] = field(default_factory=list)
    evaluation: Evaluation | None = None
    instance_id: str | None = None


class ModelError(Exception):
    """The endpoint failed, or gave no message."""


def openai_policy(client: Any, model: str, *, tools: Tools = "prompt", **sampling: Any) -> Policy:
    """The policy of an `openai.AsyncOpenAI` (or `openai.OpenAI`, which then runs in threads) and a model's name."""

    async def policy(messages: list[Message], open_tools: list[dict[str, Any]]) -> Message:
        request: dict[str, Any] = {"model": model, "messages": messages, **sampling}
        if tools == "api" and open_tools:
            request["tools"] = open_tools
        create = client.chat.completions.create
        try:
            if inspect.iscoroutinefunction(inspect.unwrap(create)):
                completion = await create(**request)
            else:
                completion = await asyncio.to_thread(create, **request)
                if inspect.isawaitable(completion):
                    completion = await completion
            message: Message = msgspec.to_builtins(wire_action(completion.choices[0].message))
            return message
        except StepwellError as error:
            raise ModelError(f"the endpoint's message is none: {error.message}") from error
        except Exception as error:
            raise ModelError(f"{type(error).__name__}: {error}") from error

    return policy


async def play(instance: AsyncInstance, policy: Policy, *, max_steps: int | None = None) -> Episode:
    """Plays an instance to its end, or `finish`es it after `max_steps`, and scores it. It stays live: let it go yourself.

    What goes wrong is `failure` in the episode; only a cancellation is raised.
    """
    episode = Episode(instance.task_id, list(instance.state), tools=instance.tools, instance_id=instance.id)
    try:
        over = False
        while not over and (max_steps is None or episode.steps < max_steps):
            action = await policy(episode.messages, episode.tools)
            step = await instance.step(action)
            episode.messages += [action, *step.state]
            episode.tools += step.info.get("tools_added") or []
            episode.steps += 1
            episode.step_rewards.append(step.reward)
            over = step.is_terminated
        score = await (instance.evaluate() if over else instance.finish())
    except ModelError as error:
        episode.failure = Failure("model_error", str(error))
    except StepwellError as error:
        episode.failure = Failure("client_error", str(error))
    else:
        episode.evaluation = score
        episode.reward = score.reward
        episode.success = score.success
        episode.failure = score.failure
        episode.end_reason = score.end_reason
    return episode


async def run_episode(
    openai_client: Any,
    well: AsyncClient,
    task_id: str,
    *,
    env_type: str = "bfcl",
    model: str = "default",
    params: Mapping[str, Any] | None = None,
    seed: int | None = None,
    labels: Mapping[str, str] | None = None,
    max_steps: int | None = None,
    tools: Tools = "prompt",
    **sampling: Any,
) -> Episode:
    """Plays one task with the model of an OpenAI-compatible endpoint, from create to release.

    `openai_client`: an `openai.AsyncOpenAI`, an `openai.OpenAI`, or a `Policy` of your own. `tools="api"` gives the tools to
    the endpoint in its `tools` field (the chat template renders them) and leaves them out of the system message.
    `sampling` goes to the endpoint: `temperature`, `max_tokens`, ...
    """
    policy: Policy = openai_client if callable(openai_client) else openai_policy(openai_client, model, tools=tools, **sampling)
    given = dict(params or {})
    if tools == "api":
        given.setdefault("tool_prompt", "none")
    try:
        instance = await well.create(env_type, task_id, params=given, seed=seed, labels=labels)
    except StepwellError as error:
        if not error.retryable:
            raise
        return Episode(task_id, failure=Failure("create_failed", str(error)))
    try:
        return await play(instance, policy, max_steps=max_steps)
    finally:
        await _release(instance)


async def run_episodes(
    openai_client: Any,
    well: AsyncClient,
    task_ids: Iterable[str],
    *,
    concurrency: int = 64,
    n: int = 1,
    progress: bool = True,
    **options: Any,
) -> list[Episode]:
    """Plays many tasks, `n` times each, at most `concurrency` at once; the episodes in the order of the tasks.

    `options` are those of `run_episode`. Raises what the first wrong call raises (an unknown task, wrong params).
    """
    wanted = [task_id for task_id in task_ids for _ in range(n)]
    bar = Progress(len(wanted), shown=progress)
    room = asyncio.Semaphore(concurrency)

    async def one(task_id: str) -> Episode:
        async with room:
            episode = await run_episode(openai_client, well, task_id, **options)
        bar.tick(episode)
        return episode

    playing = [asyncio.ensure_future(one(task_id)) for task_id in wanted]
    try:
        return await asyncio.gather(*playing)
    finally:
        for task in playing:
            task.cancel()
        await asyncio.gather(*playing, return_exceptions=True)
        bar.close()


class Progress:
    """A line on stderr: how many episodes are over, their mean reward, how many failed."""

    def __init__(self, total: int, *, shown: bool) -> None:
        self._total = total
        self._shown = shown and sys.stderr.isatty()
        self._done = 0
        self._rewards = 0.0
        self._failed = 0

    def tick(self, episode: Episode) -> None:
        """Counts an episode."""
        self._done += 1
        self._failed += episode.failure is not None
        self._rewards += episode.reward or 0.0
        if self._shown:
            print(f"\r{self}", end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        """Ends the line."""
        if self._shown and self._done:
            print(file=sys.stderr)

    def __str__(self) -> str:
        filled = 24 * self._done // max(1, self._total)
        scored = self._done - self._failed
        mean = f"{self._rewards / scored:.3f}" if scored else "-"
        failed = f", {self._failed} failed" if self._failed else ""
        return f"[{'#' * filled}{'.' * (24 - filled)}] {self._done}/{self._total} episodes, mean reward {mean}{failed}"


def advantages(rewards: Sequence[float | None], *, scale: bool = True) -> list[float | None]:
    """The advantages of a GRPO group, with masked members (None) left out of the group's baseline and None themselves.

    `reward - mean`, divided by the deviation unless `scale` is false; 0.0 for all where every reward is the same.
    """
    known = [reward for reward in rewards if reward is not None]
    if not known:
        return [None] * len(rewards)
    mean = sum(known) / len(known)
    deviation = (sum((reward - mean) ** 2 for reward in known) / len(known)) ** 0.5 if scale else 1.0
    return [None if reward is None else (reward - mean) / deviation if deviation > 0 else 0.0 for reward in rewards]


async def _release(instance: AsyncInstance) -> None:
    """Lets an instance go; where that fails the server frees it by its idle clock."""
    try:
        await instance.release(timeout=30.0)
    except StepwellError:
        return
