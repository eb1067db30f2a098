"""The examples, as a user runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from helpers import ROOT, needs
from openai_stub import Answer, endpoint


def run(example: str, url: str) -> str:
    program = [sys.executable, str(ROOT / "examples" / example), url]
    return subprocess.run(program, check=True, capture_output=True, text=True, timeout=300).stdout


def test_the_client_example_solves_its_tasks(bfcl_url: str) -> None:
    printed = run("python-client/main.py", bfcl_url)
    assert printed == "multi_turn_base_3 completed 1.0\nmulti_turn_base_7 completed 1.0\n"


def test_the_example_for_skyrl_finds_the_number(url: str) -> None:
    printed = run("python-trainers/skyrl_episode.py", url)
    assert "'reward': 1.0" in printed
    assert "'success': 1.0" in printed


on_python_3_11 = pytest.mark.skipif(sys.version_info < (3, 11) and "CI" not in os.environ, reason="needs Python 3.11 or later")


def eval_of_verifiers(url: str, folder: Path, answer: Answer) -> list[dict[str, Any]]:
    """The episodes of two tasks, twice each, by the command of verifiers. Its harness fetches `openai` at the first run."""
    needs("verifiers.v1", "verifiers")
    config = str(ROOT / "examples/python-trainers/verifiers_eval.toml")
    taskset = {"url": url, "env-type": "guess", "split": "train", "limit": "2"}
    with endpoint(answer) as base_url:
        options = {"model": "m", "num-rollouts": "2", "client.base-url": base_url, "output-dir": str(folder)}
        options |= {f"env.taskset.{name}": value for name, value in taskset.items()}
        flags = [part for name, value in options.items() for part in (f"--{name}", value)]
        ran = subprocess.run(
            [str(Path(sys.executable).parent / "vf-eval"), "@", config, *flags],
            env={**os.environ, "MODEL_API_KEY": "none"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
        )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    (traces,) = folder.glob("*/traces.jsonl")
    return [json.loads(line) for line in traces.read_text().splitlines()]


def halving(request: dict[str, Any]) -> dict[str, Any]:
    """Finds the number of `guess`: half of what is left, after all that was said."""
    low, high, guess = 1, 100, 0
    for message in request["messages"]:
        if message["role"] == "assistant":
            guess = int(message["content"])
        elif guess:
            low, high = (low, guess - 1) if "Lower." in str(message["content"]) else (guess + 1, high)
    return {"content": str((low + high) // 2)}


@on_python_3_11
def test_the_example_for_verifiers_finds_the_number(url: str, tmp_path: Path) -> None:
    episodes = eval_of_verifiers(url, tmp_path, halving)
    rewards = [trace["rewards"]["stepwell"]["score"] for episode in episodes for trace in episode["traces"]]
    assert rewards == [1.0] * 4


@on_python_3_11
def test_an_endpoint_that_fails_gives_no_reward_in_verifiers(url: str, tmp_path: Path) -> None:
    def fails(request: dict[str, Any]) -> dict[str, Any]:
        raise RuntimeError("no model")

    episodes = eval_of_verifiers(url, tmp_path, fails)
    assert [episode["ok"] for episode in episodes] == [False] * 4
    assert all(not trace["rewards"] for episode in episodes for trace in episode["traces"])
