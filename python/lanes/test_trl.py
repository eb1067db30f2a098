"""TRL's GRPOTrainer, a tiny random model, and real BFCL episodes. What the model says is put in its mouth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
import trl
from datasets import Dataset
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

import stepwell
from stepwell.protocol.errors import WorkerLostError
from stepwell.trl import Environment, environments

GROUP = 4


def tiny_tokenizer() -> PreTrainedTokenizerFast:
    letters = {letter: index for index, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    tokenizer = Tokenizer(models.BPE(vocab=letters, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|endoftext|>")
    fast.add_special_tokens({"additional_special_tokens": ["<|im_start|>"]})
    fast.chat_template = (Path(trl.__file__).parent / "chat_templates/qwen3.jinja").read_text()
    return fast


def tiny_model(tokenizer: PreTrainedTokenizerFast) -> Qwen3ForCausalLM:
    torch.manual_seed(0)
    config = Qwen3Config(
        vocab_size=len(tokenizer),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=8,
        max_position_embeddings=65536,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    return Qwen3ForCausalLM(config)


def said(calls: list[dict[str, Any]]) -> str:
    return "\n".join(f"<tool_call>\n{json.dumps(call)}\n</tool_call>" for call in calls)


def script_of(messages: list[stepwell.Message]) -> list[str]:
    texts = []
    for message in messages:
        calls = message.get("tool_calls")
        if calls:
            texts.append(
                said([{"name": c["function"]["name"], "arguments": json.loads(c["function"]["arguments"])} for c in calls])
            )
        else:
            texts.append(said([{"name": "next_request", "arguments": {"answer": "Done."}}]))
    return [*texts, "All is done."]


def test_one_step_of_grpo(bfcl_url: str, truth: dict[str, list[stepwell.Message]], tmp_path: Path) -> None:
    task_id = "multi_turn_base_0"
    factories, rows = environments(bfcl_url, "bfcl", "all", group=GROUP, where={"category": "multi_turn_base"}, limit=1)
    assert [row["task_id"] for row in rows] == [task_id]
    tokenizer = tiny_tokenizer()
    args = trl.GRPOConfig(
        output_dir=str(tmp_path),
        per_device_train_batch_size=GROUP,
        num_generations=GROUP,
        max_completion_length=8192,
        max_steps=1,
        report_to=[],
        use_cpu=True,
        logging_steps=1,
        scale_rewards=False,
    )
    trainer = trl.GRPOTrainer(
        model=tiny_model(tokenizer),
        processing_class=tokenizer,
        train_dataset=Dataset.from_list(rows),
        environment_factory=factories,
        args=args,
    )
    script = script_of(truth[task_id])
    # Member 0 knows the answers, 1 gives up at once, 2 loses its instance and is played again, 3 loses every one of them.
    scripts = [list(script), ["I give up."], list(script), list(script)]
    turn: list[list[int]] = []

    def lose(environment: Environment) -> None:
        assert environment._instance is not None
        environment._spare._well.cancel([environment._instance.id])

    def generate(prompt_ids: list[list[int]], *_: Any, **__: Any) -> tuple[list[list[int]], None]:
        members = list(range(GROUP)) if not turn else [m for m in turn[-1] if scripts[m]]
        assert len(prompt_ids) == len(members)
        if len(turn) == 1:
            environments_now = trainer.environments
            lose(environments_now[2])
            lose(environments_now[3])

            def gone(*_: Any) -> Any:
                raise WorkerLostError("no worker")

            lost = environments_now[3]
            lost._spare = type("Gone", (), {"fresh": gone, "release": lambda *_: None})()
        turn.append(members)
        return [tokenizer.encode(scripts[m].pop(0) + "<|im_end|>", add_special_tokens=False) for m in members], None

    seen: dict[str, Any] = {}
    original = trainer._generate_and_score_completions

    def keep(inputs: Any) -> Any:
        output = original(inputs)
        seen.update(output)
        return output

    trainer._generate_single_turn = generate
    trainer._generate_and_score_completions = keep
    trainer.train()
    rewards = [environment.get_reward for environment in trainer.environments]
    assert len(rewards) == GROUP
    # 1, 0, 1 and a masked one: its baseline would be 0.5 with a 0 in its place.
    assert seen["advantages"].tolist() == pytest.approx([1 / 3, -2 / 3, 1 / 3, 0.0], abs=1e-5)
    assert any(torch.isfinite(torch.tensor(entry["loss"])) for entry in trainer.state.log_history if "loss" in entry)
