"""Episodes that a model behind an OpenAI-compatible endpoint plays; the endpoint is a real one, its answers ground truth."""

from __future__ import annotations

import asyncio
from typing import Any

import openai
import pytest
from openai_stub import endpoint

import stepwell
from stepwell.episodes import Progress
from stepwell.protocol.errors import UnknownTaskError

Truth = dict[str, list[stepwell.Message]]


def first_user(messages: list[stepwell.Message]) -> str:
    return next(str(message["content"]) for message in messages if message["role"] == "user")


async def known_by(well: stepwell.AsyncClient, truth: Truth) -> dict[str, list[stepwell.Message]]:
    """The scripts by the first user message, which is all that an endpoint sees of a task."""
    scripts = {}
    for task_id, script in truth.items():
        async with await well.create("bfcl", task_id) as inst:
            scripts[first_user(inst.state)] = script
    return scripts


@pytest.mark.parametrize("tools", ["prompt", "api"])
def test_the_ground_truth_earns_reward_1_over_the_api(bfcl_url: str, truth: Truth, tools: Any) -> None:
    # The other categories begin with the same words.
    truth = {task_id: script for task_id, script in truth.items() if task_id.startswith("multi_turn_base")}
    scripts: dict[str, list[stepwell.Message]] = {}
    tools_seen: list[int] = []

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        assert request["temperature"] == 0.5
        messages = request["messages"]
        tools_seen.append(len(request.get("tools", [])))
        said = sum(message["role"] == "assistant" for message in messages)
        return dict(scripts[first_user(messages)][said])

    async def main(base_url: str) -> list[stepwell.Episode]:
        async with stepwell.connect(bfcl_url) as well:
            scripts.update(await known_by(well, truth))
            async with openai.AsyncOpenAI(base_url=base_url, api_key="none", max_retries=0) as client:
                return await stepwell.run_episodes(client, well, truth, concurrency=8, tools=tools, model="m", temperature=0.5)

    with endpoint(answer) as base_url:
        episodes = asyncio.run(main(base_url))
    assert [episode.task_id for episode in episodes] == list(truth)
    assert [(episode.reward, episode.failure) for episode in episodes] == [(1.0, None)] * len(truth)
    assert all(episode.end_reason == "completed" and episode.success for episode in episodes)
    assert all(episode.steps == len(truth[episode.task_id]) for episode in episodes)
    assert all((seen > 0) == (tools == "api") for seen in tools_seen)


def test_an_endpoint_that_fails_is_a_failure_to_mask_and_leaves_no_instance(url: str) -> None:
    def answer(request: dict[str, Any]) -> dict[str, Any]:
        if len(request["messages"]) > 1:
            raise RuntimeError("out of memory")
        return {"content": "50"}

    async def main(base_url: str) -> list[stepwell.Episode]:
        client = openai.OpenAI(base_url=base_url, api_key="none", max_retries=0)
        async with stepwell.connect(url) as well:
            episodes = await stepwell.run_episodes(client, well, ["guess_42"], env_type="guess", n=3, labels={"run": "failing"})
            assert await well.cancel(labels={"run": "failing"}) == []
        client.close()
        return episodes

    with endpoint(answer) as base_url:
        episodes = asyncio.run(main(base_url))
    for episode in episodes:
        assert (episode.reward, episode.steps) == (None, 1)
        assert episode.failure is not None
        assert episode.failure.kind == "model_error"
        assert "out of memory" in episode.failure.message
    assert stepwell.advantages([episode.reward for episode in episodes]) == [None] * 3


def test_a_policy_of_ones_own_is_cut_after_max_steps(url: str) -> None:
    async def policy(messages: list[stepwell.Message], _: list[dict[str, Any]]) -> stepwell.Message:
        return {"role": "assistant", "content": str(len(messages))}

    async def main() -> None:
        async with stepwell.connect(url) as well:
            episode = await stepwell.run_episode(policy, well, "guess_42", env_type="guess", max_steps=2)
            assert (episode.reward, episode.end_reason, episode.steps) == (0.0, "finished", 2)
            assert [message["role"] for message in episode.messages] == ["user", "assistant", "user", "assistant", "user"]
            with pytest.raises(UnknownTaskError):
                await stepwell.run_episodes(policy, well, ["guess_42", "nope"], env_type="guess")

    asyncio.run(main())


def test_masked_members_are_left_out_of_the_baseline_of_their_group() -> None:
    assert stepwell.advantages([1.0, 0.0, None, 0.0, 1.0]) == [1.0, -1.0, None, -1.0, 1.0]
    assert stepwell.advantages([1.0, None], scale=False) == [0.0, None]
    assert stepwell.advantages([0.5, 0.5]) == [0.0, 0.0]


def test_the_progress_line_counts_failures_apart() -> None:
    bar = Progress(4, shown=False)
    bar.tick(stepwell.Episode("a", reward=1.0))
    bar.tick(stepwell.Episode("b", failure=stepwell.Failure("worker_lost")))
    assert str(bar) == "[############............] 2/4 episodes, mean reward 1.000, 1 failed"
