"""TRL's GRPOTrainer with a tiny random model and a real server. What the model says is put in its mouth."""

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
from transformers.utils import get_json_schema

from stepwell.protocol.errors import WorkerLostError
from stepwell.trl import environments

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


def said(answer: str) -> str:
    return f"<tool_call>\n{json.dumps({'name': 'next_request', 'arguments': {'answer': answer}})}\n</tool_call>"


def test_one_step_of_grpo(url: str, tmp_path: Path) -> None:
    factories, rows = environments(url, "guess", "test", group=GROUP, limit=1)
    number = rows[0]["task_id"].removeprefix("guess_")
    tokenizer = tiny_tokenizer()
    args = trl.GRPOConfig(
        output_dir=str(tmp_path),
        per_device_train_batch_size=GROUP,
        num_generations=GROUP,
        max_completion_length=1024,
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
    # Member 0 knows the answer, 1 gives up at once, 2 loses its instance and is played again, 3 loses every one of them.
    right = [said("99"), said(number), "It is found."]
    scripts = [list(right), ["I give up."], list(right), list(right)]
    turns: list[list[int]] = []

    class Gone:
        def fresh(self, *_: Any) -> Any:
            raise WorkerLostError("no worker")

        def release(self, *_: Any) -> None:
            pass

    def generate(prompt_ids: list[list[int]], *_: Any, **__: Any) -> tuple[list[list[int]], None]:
        members = [member for member in (turns[-1] if turns else range(GROUP)) if scripts[member]]
        assert len(prompt_ids) == len(members)
        if len(turns) == 1:
            for member in (2, 3):
                lost = trainer.environments[member]
                lost._spare._well.cancel([lost._instance.id])
            trainer.environments[3]._spare = Gone()
        turns.append(members)
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
    # 1, 0, 1 and a masked one: with a 0 in its place the baseline would be 0.5.
    assert seen["advantages"].tolist() == pytest.approx([1 / 3, -2 / 3, 1 / 3, 0.0], abs=1e-5)
    losses = [entry["train_loss"] for entry in trainer.state.log_history if "train_loss" in entry]
    assert losses
    assert torch.isfinite(torch.tensor(losses)).all()


def test_transformers_reads_the_tools_of_bfcl(bfcl_url: str) -> None:
    factories, rows = environments(bfcl_url, "bfcl", "all", where={"category": "multi_turn_base"}, limit=20)
    assert len(factories) > 1
    for row in rows:
        made = factories[row["environment"]]()
        tools = [name for name in dir(made) if not name.startswith("_") and name not in ("reset", "get_reward")]
        assert "next_request" in tools
        for name in tools:
            schema = get_json_schema(getattr(made, name))["function"]
            assert schema["name"] == name
            assert schema["description"]
