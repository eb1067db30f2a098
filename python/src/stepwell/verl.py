"""Stepwell's environments for verl: an agent loop, a tool, and the advantage that leaves failures out.

In the agent-loop config (`actor_rollout_ref.rollout.agent.agent_loop_config_path`):

```yaml
- name: stepwell_agent
  _target_: stepwell.verl.StepwellAgentLoop
  url: ws://127.0.0.1:8000
```

with rows of `stepwell tasks bfcl --for verl --parquet train.parquet`, and `algorithm.adv_estimator=stepwell_grpo`.

A failure of the service is a response whose mask is all zeros, with `reward_score` 0.0 (verl wants a number) and
`extra_fields.failure`. verl's own GRPO would count that number in the group's baseline; `stepwell_grpo` does not.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import weakref
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import uuid4

import torch
from verl.experimental.agent_loop.agent_loop import AgentLoopBase, AgentLoopMetrics, AgentLoopOutput, register
from verl.tools.base_tool import BaseTool
from verl.tools.schemas import OpenAIFunctionToolSchema, ToolResponse
from verl.trainer.ppo.core_algos import register_adv_est

from .aio import AsyncClient, AsyncInstance
from .protocol.errors import StepwellError
from .results import Evaluation, Failure
from .rows import VERL_AGENT

if TYPE_CHECKING:
    from collections.abc import Mapping

URL = "ws://127.0.0.1:8000"

_clients: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, asyncio.Task[AsyncClient]]] = (
    weakref.WeakKeyDictionary()
)


async def shared_client(url: str, token: str | None) -> AsyncClient:
    """The connection of this event loop to a server."""
    of_loop = _clients.setdefault(asyncio.get_running_loop(), {})
    connecting = of_loop.get(url)
    if connecting is None or (connecting.done() and (connecting.cancelled() or connecting.exception() is not None)):
        connecting = of_loop[url] = asyncio.ensure_future(AsyncClient(url, token=token).connect())
    return await asyncio.shield(connecting)


async def close_clients() -> None:
    """Closes the connections of this event loop."""
    for connecting in _clients.pop(asyncio.get_running_loop(), {}).values():
        with contextlib.suppress(StepwellError):
            await (await connecting).close()


@register(VERL_AGENT)
class StepwellAgentLoop(AgentLoopBase):  # type: ignore[misc]
    """One episode: the model's sampled token ids are kept as they are, only observations are encoded, and masked 0."""

    def __init__(self, *args: Any, url: str | None = None, token: str | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._url = url or os.environ.get("STEPWELL_URL", URL)
        self._token = token or os.environ.get("STEPWELL_TOKEN")
        self._response_length = int(self.rollout_config.response_length)
        multi_turn = self.rollout_config.get("multi_turn") or {}
        self._most_turns = multi_turn.get("max_assistant_turns")

    async def run(self, sampling_params: dict[str, Any], **row: Any) -> AgentLoopOutput:
        """Plays the task of a row."""
        facts = row.get("extra_info") or {}
        params = facts.get("params") or "{}"
        instance: AsyncInstance | None = None
        episode = _Tokens()
        try:
            well = await shared_client(self._url, self._token)
            instance = await well.create(
                facts["env_type"], facts["task_id"], params=json.loads(params) if isinstance(params, str) else params
            )
            score = await self._play(instance, episode, sampling_params)
        except StepwellError as error:
            if not error.retryable and instance is None:
                raise
            return self._output(episode, None, Failure("client_error", str(error)), facts, row)
        finally:
            if instance is not None:
                with contextlib.suppress(StepwellError):
                    await instance.release(timeout=30.0)
        return self._output(episode, score, score.failure, facts, row)

    async def _play(self, instance: AsyncInstance, episode: _Tokens, sampling_params: dict[str, Any]) -> Evaluation:
        messages = list(instance.state)
        episode.token_ids = await self.ct_build_initial_tokens(messages)
        episode.prompt_length = len(episode.token_ids)
        request_id = uuid4().hex
        while True:
            output = await self.server_manager.generate(
                request_id=request_id, prompt_ids=episode.token_ids, sampling_params=sampling_params
            )
            merged, episode.mask, logprobs = await self.ct_merge_assistant_token(
                episode.token_ids,
                output.token_ids,
                episode.mask,
                episode.logprobs if output.log_probs else None,
                assistant_logprobs=output.log_probs or None,
            )
            episode.token_ids = merged.token_ids
            episode.logprobs = logprobs or []
            episode.turns += 1
            text = self.tokenizer.decode(output.token_ids, skip_special_tokens=True)
            if len(episode.mask) >= self._response_length:
                # Cut within what the model says: it is not acted on.
                return await instance.finish()
            step = await instance.step(text)
            if step.is_terminated:
                return await instance.evaluate()
            if self._most_turns and episode.turns >= self._most_turns:
                return await instance.finish()
            before, messages = messages, [*messages, {"role": "assistant", "content": text}, *step.state]
            merged, episode.mask, logprobs = await self.ct_merge_context_msg(
                [*before, messages[len(before)]], messages, episode.token_ids, episode.mask, episode.logprobs or None
            )
            episode.token_ids = merged.token_ids
            episode.logprobs = logprobs or []
            if len(episode.mask) >= self._response_length:
                return await instance.finish()

    def _output(
        self,
        episode: _Tokens,
        score: Evaluation | None,
        failure: Failure | None,
        facts: Mapping[str, Any],
        row: Mapping[str, Any],
    ) -> AgentLoopOutput:
        prompt_ids = episode.token_ids[: len(episode.token_ids) - len(episode.mask)]
        response_ids = episode.token_ids[len(prompt_ids) :][: self._response_length]
        mask = episode.mask[: self._response_length]
        if failure is not None:
            end = self.tokenizer.eos_token_id or 0
            response_ids = response_ids or [end]
            prompt_ids = prompt_ids or [end]
            mask = [0] * len(response_ids)
        logprobs = episode.logprobs[: self._response_length]
        extra: dict[str, Any] = {
            "failure": None if failure is None else {"kind": failure.kind, "message": failure.message},
            "end_reason": None if score is None else score.end_reason,
            "success": None if score is None else score.success,
            "task_id": facts.get("task_id"),
            "turn_scores": [],
            "tool_rewards": [],
        }
        return AgentLoopOutput(
            prompt_ids=prompt_ids,
            response_ids=response_ids,
            response_mask=mask,
            response_logprobs=logprobs if len(logprobs) == len(mask) and logprobs else None,
            reward_score=0.0 if failure is not None or score is None or score.reward is None else score.reward,
            num_turns=2 * episode.turns + 1,
            metrics=AgentLoopMetrics(),
            extra_fields=extra,
        )


class _Tokens:
    """The tokens of an episode: prompt and response, the mask of the response (1 for what the model sampled)."""

    def __init__(self) -> None:
        self.token_ids: list[int] = []
        self.prompt_length = 0
        self.mask: list[int] = []
        self.logprobs: list[float] = []
        self.turns = 0


class StepwellTool(BaseTool):  # type: ignore[misc]
    """One tool of a task for verl's own tool loop. `config`: `url`, `token`, `env_type`.

    That loop releases a tool after every call, so an episode is keyed on `agent_data.request_id`, and all tools share it.
    The task stands in `tools_kwargs` of the row, under any tool: `{"create_kwargs": {"task_id": ..., "params": ...}}`. The
    score of the episode is `calc_reward`'s; episodes beyond the last `MOST_EPISODES` are let go.
    """

    MOST_EPISODES = 4096
    _episodes: ClassVar[OrderedDict[str, asyncio.Task[AsyncInstance]]] = OrderedDict()

    def __init__(self, config: dict[str, Any], tool_schema: OpenAIFunctionToolSchema) -> None:
        super().__init__(config, tool_schema)
        self._url: str = config.get("url") or os.environ.get("STEPWELL_URL", URL)

    async def execute(
        self, instance_id: str, parameters: dict[str, Any], **kwargs: Any
    ) -> tuple[ToolResponse, float, dict[str, Any]]:
        """Calls the tool in the episode of the conversation; the text that the model reads, the step's reward, metrics."""
        agent_data = kwargs["agent_data"]
        instance = await self._episode(agent_data)
        function = {"name": self.name, "arguments": json.dumps(parameters)}
        call = {"id": f"call_{uuid4().hex[:8]}", "type": "function", "function": function}
        try:
            step = await instance.step({"role": "assistant", "content": None, "tool_calls": [call]})
        except StepwellError as error:
            agent_data.extra_fields["failure"] = {"kind": "client_error", "message": str(error)}
            return ToolResponse(text=""), 0.0, {"failed": True}
        if step.failure is not None:
            agent_data.extra_fields["failure"] = {"kind": step.failure.kind, "message": step.failure.message}
            return ToolResponse(text=""), 0.0, {"failed": True}
        text = "\n".join(str(message["content"]) for message in step.state)
        return ToolResponse(text=text), step.reward or 0.0, {"failed": False, "is_terminated": step.is_terminated}

    async def calc_reward(self, instance_id: str, **kwargs: Any) -> float:
        """The score of the episode of `agent_data`, which ends with it. Raises StepwellError."""
        connecting = self._episodes.pop(kwargs["agent_data"].request_id, None)
        if connecting is None:
            return 0.0
        instance = await connecting
        score = await instance.finish()
        await instance.release()
        if score.failure is not None:
            kwargs["agent_data"].extra_fields["failure"] = {"kind": score.failure.kind, "message": score.failure.message}
        return score.reward or 0.0

    async def _episode(self, agent_data: Any) -> AsyncInstance:
        creating = self._episodes.get(agent_data.request_id)
        if creating is None:
            creating = self._episodes[agent_data.request_id] = asyncio.ensure_future(self._create(agent_data))
            while len(self._episodes) > self.MOST_EPISODES:
                _, oldest = self._episodes.popitem(last=False)
                with contextlib.suppress(StepwellError):
                    await (await oldest).release()
        return await asyncio.shield(creating)

    async def _create(self, agent_data: Any) -> AsyncInstance:
        given = next(
            (kwargs["create_kwargs"] for kwargs in agent_data.tools_kwargs.values() if "create_kwargs" in kwargs), None
        )
        if given is None:
            raise ValueError('the row names no task: expected tools_kwargs {TOOL: {"create_kwargs": {"task_id": ...}}}')
        well = await shared_client(self._url, self.config.get("token"))
        return await well.create(self.config.get("env_type", "bfcl"), given["task_id"], params=given.get("params"))


@register_adv_est("stepwell_grpo")  # type: ignore[untyped-decorator]
def grpo_without_failures(
    token_level_rewards: torch.Tensor,
    response_mask: torch.Tensor,
    index: Any,
    epsilon: float = 1e-6,
    norm_adv_by_std_in_grpo: bool = True,
    config: Any = None,
    **_: Any,
) -> tuple[torch.Tensor, torch.Tensor]:
    """GRPO's advantages (batch, response length), with responses whose mask is all zeros left out of their group's baseline."""
    scores = token_level_rewards.sum(dim=-1)
    counted = response_mask.sum(dim=-1) > 0
    advantages = torch.zeros_like(scores)
    groups: dict[Any, list[int]] = {}
    for member, group in enumerate(index):
        if counted[member]:
            groups.setdefault(group, []).append(member)
    for members in groups.values():
        of_group = scores[members]
        if len(members) == 1:
            # As verl has it: a group of one has no baseline.
            advantages[members] = of_group
            continue
        centred = of_group - of_group.mean()
        advantages[members] = centred / (of_group.std() + epsilon) if norm_adv_by_std_in_grpo else centred
    spread = advantages.unsqueeze(-1) * response_mask
    return spread, spread
