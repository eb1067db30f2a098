"""verl's agent loop with its own base classes and token builder, a byte tokenizer, and a real server.

What the model says is put in its mouth by the object in the place of verl's LLM server.
"""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from omegaconf import OmegaConf
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast
from verl.experimental.agent_loop.agent_loop import DictConfigWrap, _agent_loop_registry
from verl.tools.schemas import OpenAIFunctionToolSchema
from verl.trainer.ppo.core_algos import compute_grpo_outcome_advantage, get_adv_estimator_fn

import stepwell
from stepwell.verl import StepwellAgentLoop, StepwellTool, close_clients, grpo_without_failures

TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def tiny_tokenizer() -> PreTrainedTokenizerFast:
    letters = {letter: index for index, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    tokenizer = Tokenizer(models.BPE(vocab=letters, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|endoftext|>")
    fast.add_special_tokens({"additional_special_tokens": ["<|im_start|>"]})
    fast.chat_template = TEMPLATE
    return fast


class Model:
    """In the place of verl's LLM server: says the next text of its script."""

    def __init__(self, tokenizer: Any, script: list[str]) -> None:
        self.tokenizer = tokenizer
        self.script = script
        self.sampled: list[int] = []

    async def generate(self, request_id: str, *, prompt_ids: list[int], sampling_params: dict[str, Any]) -> Any:
        token_ids = self.tokenizer.encode(self.script.pop(0) + "<|im_end|>", add_special_tokens=False)
        self.sampled += token_ids
        return SimpleNamespace(token_ids=token_ids, log_probs=[-0.5] * len(token_ids), extra_fields={}, num_preempted=None)


def agent_loop(url: str, model: Model) -> StepwellAgentLoop:
    rollout = {"prompt_length": 512, "response_length": 2048, "multi_turn": {"max_assistant_turns": None}}
    config = OmegaConf.create({"actor_rollout_ref": {"rollout": rollout}})
    return StepwellAgentLoop(
        trainer_config=DictConfigWrap(config),
        server_manager=model,
        tokenizer=model.tokenizer,
        processor=None,
        dataset_cls=None,
        data_config=DictConfigWrap(OmegaConf.create({})),
        url=url,
    )


def test_a_group_and_its_advantages(url: str) -> None:
    tokenizer = tiny_tokenizer()
    (row,) = stepwell.dataset("guess", "test", "verl", url=url, limit=1)
    assert _agent_loop_registry[row["agent_name"]]["_target_"] == "stepwell.verl.StepwellAgentLoop"
    number = row["extra_info"]["task_id"].removeprefix("guess_")
    scripts = [["99", number], ["99"] * 9, ["98"] * 9, ["99", number]]
    row["extra_info"]["params"] = '{"tries": 3}'

    class Loses(Model):
        async def generate(self, *args: Any, **kwargs: Any) -> Any:
            async with stepwell.connect(url) as other:
                # Its instance is lost under it: never the model's doing.
                await other.cancel(labels={"lane": "verl"})
            return await super().generate(*args, **kwargs)

    create = stepwell.AsyncClient.create

    async def main() -> list[Any]:
        outputs = []
        for member, script in enumerate(scripts):
            model = (Loses if member == 3 else Model)(tokenizer, script)
            loop = agent_loop(url, model)
            if member == 3:
                with pytest.MonkeyPatch.context() as patch:

                    async def labelled(self: Any, *args: Any, **kwargs: Any) -> Any:
                        return await create(self, *args, **kwargs, labels={"lane": "verl"})

                    patch.setattr(stepwell.AsyncClient, "create", labelled)
                    outputs.append(await loop.run({}, raw_prompt=row["prompt"], extra_info=row["extra_info"]))
            else:
                outputs.append(await loop.run({}, raw_prompt=row["prompt"], extra_info=row["extra_info"]))
            sampled = [t for t, m in zip(outputs[-1].response_ids, outputs[-1].response_mask, strict=True) if m]
            assert sampled == ([] if member == 3 else model.sampled), (
                "the sampled tokens are kept, and nothing else is trained on"
            )
        await close_clients()
        return outputs

    outputs = asyncio.run(main())
    assert [output.reward_score for output in outputs] == [1.0, 0.0, 0.0, 0.0]
    assert [output.extra_fields["failure"] is None for output in outputs] == [True, True, True, False]
    assert sum(outputs[3].response_mask) == 0
    assert outputs[3].response_ids
    text = tokenizer.decode(outputs[0].prompt_ids + outputs[0].response_ids)
    assert text.startswith("<|im_start|>user\nGuess my number")
    assert "<|im_start|>user\nLower.<|im_end|>" in text
    length = max(len(output.response_mask) for output in outputs)
    mask = torch.tensor([output.response_mask + [0] * (length - len(output.response_mask)) for output in outputs])
    rewards = torch.zeros(mask.shape)
    rewards[:, -1] = torch.tensor([output.reward_score for output in outputs])
    index = np.array(["task"] * 4)
    assert get_adv_estimator_fn("stepwell_grpo") is grpo_without_failures
    ours, _ = grpo_without_failures(rewards, mask, index, norm_adv_by_std_in_grpo=False)
    theirs, _ = compute_grpo_outcome_advantage(rewards[:3].clone(), mask[:3], index[:3], norm_adv_by_std_in_grpo=False)
    assert torch.allclose(ours[:3], theirs), "as if the failure had never been in the group"
    assert ours[3].abs().sum() == 0
    assert ours[0].max().item() == pytest.approx(2 / 3)


def test_a_tool_is_keyed_on_the_conversation(bfcl_url: str) -> None:
    with stepwell.Client(bfcl_url) as well, well.create("bfcl", "multi_turn_base_0") as inst:
        wanted = [tool for tool in inst.tools if tool["function"]["name"] in ("pwd", "ls")]
    tools = {
        tool["function"]["name"]: StepwellTool(
            {"url": bfcl_url, "env_type": "bfcl"},
            OpenAIFunctionToolSchema.model_validate(
                {**tool, "function": {**tool["function"], "parameters": {"type": "object", "properties": {}}}}
            ),
        )
        for tool in wanted
    }
    agent_data = SimpleNamespace(
        request_id="r1", tools_kwargs={"pwd": {"create_kwargs": {"task_id": "multi_turn_base_0"}}}, extra_fields={}
    )

    async def main() -> None:
        seen = []
        for name in ("pwd", "ls"):
            instance_id, _ = await tools[name].create(create_kwargs={})
            response, reward, metrics = await tools[name].execute(instance_id, {}, agent_data=agent_data)
            await tools[name].release(instance_id)
            seen.append(response.text)
            assert (reward, metrics["failed"]) == (0.0, False)
        assert "current_working_directory" in seen[0]
        assert "current_directory_content" in seen[1]
        assert len(StepwellTool._episodes) == 1
        assert await tools["ls"].calc_reward("", agent_data=agent_data) == 0.0
        assert not StepwellTool._episodes
        await close_clients()

    asyncio.run(main())
