"""The adapter for SkyRL-gym, with the real package."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from helpers import Start, needs

import stepwell

skyrl_gym = needs("skyrl_gym", "skyrl")
from stepwell.skyrl import EpisodeFailedError, close_clients  # noqa: E402


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    close_clients()


def text_of(message: stepwell.Message) -> str:
    """A message as a model writes it: calls in Hermes tags."""
    calls = [
        {"name": call["function"]["name"], "arguments": json.loads(call["function"]["arguments"])}
        for call in message.get("tool_calls", [])
    ]
    return "\n".join(f"<tool_call>\n{json.dumps(call)}\n</tool_call>" for call in calls) or str(message["content"])


def test_rows_are_played_to_reward_1_in_threads(bfcl_url: str, truth: dict[str, list[stepwell.Message]]) -> None:
    rows = stepwell.dataset("bfcl", "all", "skyrl", url=bfcl_url, where={"category": "multi_turn_base"}, limit=4)
    assert [row["env_class"] for row in rows] == ["stepwell"] * 4

    def play(row: dict[str, Any]) -> tuple[float, dict[str, Any]]:
        env = skyrl_gym.make(row["env_class"], env_config={"url": bfcl_url}, extras=row)
        conversation, about = env.init(row["prompt"])
        assert conversation == row["prompt"]
        rewards = 0.0
        for message in truth[about["task_id"]]:
            output = env.step(text_of(message))
            rewards += output["reward"]
        assert output["done"]
        env.close()
        env.close()
        return rewards, env.get_metrics()

    with ThreadPoolExecutor(4) as threads:
        played = list(threads.map(play, rows))
    assert [rewards for rewards, _ in played] == [1.0] * 4
    assert [(metrics["failed"], metrics["success"]) for _, metrics in played] == [(0.0, 1.0)] * 4


def test_max_turns_ends_an_episode_with_its_true_reward(url: str) -> None:
    extras = {"extra_info": {"env_type": "guess", "task_id": "guess_42"}, "max_turns": 2}
    env = skyrl_gym.make("stepwell", env_config={"url": url}, extras=extras)
    env.init([])
    assert not env.step("1")["done"]
    last = env.step("2")
    assert (last["done"], last["reward"]) == (True, 0.0)
    assert env.get_metrics() == {"failed": 0.0, "turns": 2, "reward": 0.0, "success": 0.0}
    env.close()


@pytest.mark.parametrize("on_failure", ["raise", "mask"])
def test_a_failure_is_left_out_of_the_groups_baseline(start: Start, on_failure: str) -> None:
    extras = {"extra_info": {"env_type": "guess", "task_id": "guess_42"}}
    rewards: list[float | None] = []
    with start(["guess"]) as server:
        config = {"url": server.url, "on_failure": on_failure}
        group = [skyrl_gym.make("stepwell", env_config=config, extras=extras) for _ in range(4)]
        with stepwell.Client(server.url) as other:
            for member, env in enumerate(group):
                _, about = env.init([])
                if member == 3:
                    # Its instance is lost under it: never the model's doing.
                    other.cancel([about["instance_id"]])
                try:
                    output = env.step("42" if member == 0 else "41")
                    rewards.append(None if output["metadata"].get("failure") else output["reward"])
                except EpisodeFailedError:
                    assert on_failure == "raise"
                    rewards.append(None)
                env.close()
        close_clients()
    assert rewards == [1.0, 0.0, 0.0, None]
    assert group[3].get_metrics()["failed"] == 1.0
    assert "reward" not in group[3].get_metrics()
    # As a 0 the failure would have moved the baseline to 0.25.
    scaled = stepwell.advantages(rewards, scale=False)
    assert scaled[3] is None
    assert scaled[:3] == pytest.approx([2 / 3, -1 / 3, -1 / 3])
