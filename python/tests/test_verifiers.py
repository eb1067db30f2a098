"""The taskset for verifiers, with the real package; the model's side of the conversation is a script."""

from __future__ import annotations

import asyncio
import functools
import os
import sys
from typing import Any

import pytest
from helpers import Start, needs
from test_skyrl import text_of

import stepwell

if sys.version_info < (3, 11):
    if os.environ.get("CI"):
        raise RuntimeError("the tests of the verifiers adapter need Python 3.11 or later")
    pytest.skip("needs Python 3.11 or later", allow_module_level=True)
vf: Any = needs("verifiers.v1", "verifiers")
from stepwell.verifiers import REWARD, EpisodeFailedError, StepwellConfig, StepwellEnv, StepwellEnvConfig  # noqa: E402


class Scripted:
    """An agent whose conversation says what the script says."""

    def __init__(self, script: list[str]) -> None:
        self.script = script
        self.heard: list[str | None] = []
        self.last_reply = ""
        self.terminated = False
        self.trace = vf.Trace.model_construct(rewards={}, info={}, errors=[])

    def interaction(self, task: Any) -> Scripted:
        assert task.data.prompt
        return self

    async def turn(self, text: str | None = None) -> Scripted:
        self.heard.append(text)
        self.terminated = not self.script
        self.last_reply = self.script.pop(0) if self.script else ""
        return self

    async def __aenter__(self) -> Scripted:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass


class Agents:
    def __init__(self, player: Scripted) -> None:
        self.player = player


def environment(**config: Any) -> Any:
    return StepwellEnv(StepwellEnvConfig(taskset=StepwellConfig(id="stepwell-verifiers", **config)))


def test_tasks_of_bfcl_are_played_to_reward_1(bfcl_url: str, truth: dict[str, list[stepwell.Message]]) -> None:
    env = environment(url=bfcl_url, split="all", where={"category": "multi_turn_base"}, limit=3)
    tasks = list(env.taskset)
    assert [task.key for task in tasks] == [f"bfcl/multi_turn_base_{index}" for index in range(3)]
    assert all("<tools>" in task.data.system_prompt and "<tools>" not in task.data.prompt for task in tasks)
    assert len(list(env.taskset.take(2))) == 2
    players = [Scripted([text_of(message) for message in truth[task.data.id]]) for task in tasks]

    async def main() -> None:
        await asyncio.gather(*(env.run(task, Agents(player)) for task, player in zip(tasks, players, strict=True)))
        await env.stop()

    asyncio.run(main())
    for player in players:
        assert player.trace.rewards[REWARD].score == 1.0
        assert player.trace.info["end_reason"] == "completed"
        assert player.heard[0] is None
        assert any("<tool_response>" in str(text) for text in player.heard[1:])


def test_a_failure_is_left_out_of_the_groups_baseline(start: Start) -> None:
    rewards: list[float | None] = []

    async def main(url: str) -> None:
        env = environment(url=url, env_type="guess", split="train", where={}, limit=1)
        (task,) = env.taskset
        answer = task.data.id.removeprefix("guess_")

        class Loses(Scripted):
            async def turn(self, text: str | None = None) -> Scripted:
                async with stepwell.connect(url) as other:
                    await other.cancel(labels={"member": "3"})
                return await super().turn(text)

        for member, script in enumerate([[answer], ["100"], ["99"], [answer]]):
            player = Scripted(script)
            if member == 3:
                # Its instance is lost under it: never the model's doing.
                well = await env._connect(url, None)
                well.create = functools.partial(well.create, labels={"member": "3"})
                player = Loses(script)
            try:
                await env.run(task, Agents(player))
                rewards.append(player.trace.rewards[REWARD].score)
            except EpisodeFailedError:
                assert not player.trace.rewards
                rewards.append(None)
        await env.stop()

    with start(["guess"]) as server:
        asyncio.run(main(server.url))
    assert rewards == [1.0, 0.0, 0.0, None]
    assert stepwell.advantages(rewards, scale=False)[:3] == pytest.approx([2 / 3, -1 / 3, -1 / 3])


def test_an_endpoint_that_fails_scores_nobody(start: Start) -> None:
    class Unreached(Scripted):
        async def turn(self, text: str | None = None) -> Scripted:
            self.trace.errors.append("the endpoint answers 500")
            return await super().turn(text)

    async def main(url: str) -> Scripted:
        env = environment(url=url, env_type="guess", split="train", where={}, limit=1)
        (task,) = env.taskset
        player = Unreached([])
        await env.run(task, Agents(player))
        await env.stop()
        return player

    with start(["guess"]) as server:
        player = asyncio.run(main(server.url))
    assert not player.trace.rewards
